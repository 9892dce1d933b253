// What a page of the web edition needs a script for. Without it, everything can be read and opened all the same.
"use strict";
(() => {
  // A question: what was chosen stays chosen, as in the notebook.
  document.addEventListener("click", event => {
    if (event.target.closest("details.choice[open] > summary")) event.preventDefault();
  });

  // Whatever is wider than its box can be scrolled with the arrow keys once it has the focus; the rest is no stop for Tab.
  function stops() {
    const boxes = "pre, .scrolls, .table-wrapper, .math-wrapper, .inside-bert-picture, article p:has(> img)";
    for (const box of document.querySelectorAll(boxes)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1;
      if (scrolls) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    }
  }
  window.addEventListener("resize", stops);
  window.addEventListener("load", stops);
  document.addEventListener("toggle", stops, true); // what was folded had no width

  // What a widget draws is part of the page like the rest: the guesses of lesson 06 are a question, too.
  const drawn = new MutationObserver(() => {
    for (const guess of document.querySelectorAll(".inside-bert-explore details:not(.choice)")) {
      const verdict = guess.querySelector("p")?.textContent[0];
      if (verdict && "✓✗".includes(verdict)) guess.classList.add("choice", verdict === "✓" ? "right" : "wrong");
    }
    stops();
  });
  for (const widget of document.querySelectorAll(".inside-bert-explore")) {
    drawn.observe(widget, {childList: true, subtree: true});
  }

  // The two lists of a narrow window, of pages and of contents: the focus goes to the first link when one opens, and Escape
  // shuts it. At once, not when the list has slid in: a reader who goes on by then keeps their place. To a link, as a box opens
  // the keyboard of a phone.
  for (const [id, list] of [["__navigation", ".sidebar-drawer"], ["__toc", ".toc-drawer"]]) {
    const box = document.getElementById(id);
    box?.addEventListener("change", () => {
      if (!box.checked) return;
      const links = [...document.querySelectorAll(`${list} a`)];
      links.find(link => link.getClientRects().length)?.focus({preventScroll: true}); // the theme hides some of them
    });
    document.addEventListener("keydown", event => {
      if (event.key !== "Escape" || !box?.checked) return;
      box.checked = false;
      box.focus();
    });
  }

  // On paper nothing can be opened: outputs are shown, hints and the reasons of choices stay folded.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.folded:not([open])")];
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });

  // A page that is opened as a file may not read another one, so the search cannot show where in it the words are.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }
})();
