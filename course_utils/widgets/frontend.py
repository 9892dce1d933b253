"""The script that is displayed with a live widget: keys belong to the control, sliders have names, captions are read aloud."""

CLASS = "inside-bert-widget"
_PICTURES = ".jp-OutputArea-child:has(+ .jp-OutputArea-child .inside-bert-caption) img:not([alt])"

# Keys: JupyterLab would take an arrow for its own and go to another cell, or cut the cell at an "x". Its shortcuts leave a
# focused node with this attribute alone. Keys with Ctrl, such as the one that saves, and Shift+Enter stay JupyterLab's.
# Names: ipywidgets gives the handle of a slider, and the number beside it, which can be typed over, none of their own.
# JupyterLab shows a stored picture without alternative text, whose address would be spelled out; its caption comes next.
# Focus: of the same look on every control, in both themes.
# Captions: a screen reader is told what a picture shows when it has changed, and no letter has been typed for a while.
SCRIPT = f"""
if (!window.insideBertKeys) {{
  window.insideBertKeys = true;
  window.addEventListener("keydown", event => {{
    if (!event.target.closest?.(".{CLASS}")) return;
    const forLab = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !forLab);
  }}, true);  // in the capture phase on the window: before JupyterLab's own listener

  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0";
  const look = document.createElement("style");
  look.textContent = ".{CLASS}.{CLASS} :focus-visible {{ outline: 2px solid #0072b2 !important; outline-offset: 2px }}";
  document.body.append(said, look);
  let speaks, waiting = false;
  function name() {{
    waiting = false;
    for (const handle of document.querySelectorAll(".{CLASS} .noUi-handle:not([aria-label])")) {{
      const slider = handle.closest(".widget-slider"), number = slider?.querySelector(".widget-readout");
      const label = slider?.querySelector(".widget-label")?.textContent || "slider";
      handle.setAttribute("aria-label", label);
      number?.setAttribute("aria-label", `${{label}}, as a number`);
      number?.setAttribute("role", "textbox");
    }}
    for (const picture of document.querySelectorAll("{_PICTURES}")) picture.alt = "";
  }}
  new MutationObserver(changes => {{
    const widgets = new Set(changes.map(({{target}}) => target.closest?.(".{CLASS}")));
    for (const widget of widgets) {{
      if (!widget?.contains(document.activeElement)) continue;
      clearTimeout(speaks);
      speaks = setTimeout(() => {{ said.textContent = widget.querySelector(".inside-bert-caption")?.textContent; }}, 700);
    }}
    if (!waiting) waiting = Boolean(requestAnimationFrame(name));
  }}).observe(document.body, {{childList: true, subtree: true}});
  name();
}}
"""
