// The widgets of the lessons on a page: controls that choose among drawings which were made beforehand.
// course_utils/widgets/states.py writes the controls, packing.py the file of drawings, which is loaded by a <script>
// when a control is first touched. Without scripts the controls stay hidden, and the first drawing is there.
"use strict";
(() => {
  const lessons = {};  // name of a file's lesson -> its widgets
  const loading = {};  // address of a file -> a promise of its widgets
  window.insideBertStates = (stem, widgets) => { lessons[stem] = widgets; };

  function load(address) {
    return loading[address] ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => done(lessons[decodeURIComponent(address).match(/([^/]+)\.js$/)[1]]);
      script.onerror = () => { delete loading[address]; failed(new Error(`${address} could not be loaded`)); };
      document.head.append(script);
    });
  }

  // "1,4-6,7*2" -> [1, 4, 5, 6, 7, 7], in base 36
  function numbers(text) {
    return !text ? [] : text.split(",").flatMap(part => {
      const first = parseInt(part, 36), up = part.split("-")[1], times = part.split("*")[1];
      const count = times ? parseInt(times, 36) : up ? parseInt(up, 36) - first + 1 : 1;
      return Array.from({length: count}, (_, more) => times ? first : first + more);
    });
  }

  // the drawing and the caption of a state, as HTML
  function unpacked(widget, key) {
    const [chunks, words] = widget.states[key].split(";").map(numbers);
    const caption = words.map(number => widget.words[number]).join("");
    const lines = chunks.flatMap(chunk => {
      const [[layout], filling] = widget.chunks[chunk].split(";").map(numbers);
      let used = 0;
      return numbers(widget.layouts[layout]).map(
        number => widget.lines[number].replace(/¤/g, () => widget.values[filling[used++]]));
    });
    return [lines.join("\n").replace('aria-label=""', () => `aria-label="${caption}"`), caption];
  }

  const placeOf = input =>
    input.type === "checkbox" ? Number(input.checked) : input.type === "range" ? Number(input.value) : input.selectedIndex;

  // the last place to which a control that follows can go, when the others are as they are
  function end(widget, places, control) {
    const exists = place => widget.states[places.with(control, place).join(".")] !== undefined;
    return widget.controls[control].options.findLastIndex((_, place) => exists(place));
  }

  // what the controls' places become when one is moved: what it sets is set, and what follows goes to its end
  function moved(widget, places, control) {
    const after = [...places];
    for (const [other, place] of Object.entries(widget.controls[control].sets[after[control]] ?? {})) after[other] = place;
    widget.controls.forEach(({follows}, other) => {
      if (follows && other !== control) after[other] = end(widget, after, other);
    });
    return after;
  }

  const part = (box, name) => box.querySelector(`.inside-bert-${name}`);

  // shows the drawing and its caption instead of what the notebook stores
  function uncover(box) {
    box.querySelector(".inside-bert-drawing svg")?.setAttribute("aria-hidden", "true");  // the caption says what it shows
    [part(box, "drawing").hidden, part(box, "twin").hidden] = [false, true];
    const picture = part(box, "picture");
    if (picture && picture.scrollWidth > picture.clientWidth + 1) picture.tabIndex = 0;
  }

  function show(box, widget, places) {
    widget.controls.forEach(({options, follows}, control) => {
      const input = box.querySelector(`[data-control="${control}"]`), words = options[places[control]];
      if (!input) box.querySelector(`[data-fixed="${control}"]`).textContent = words;
      else if (input.type === "checkbox") input.checked = Boolean(places[control]);
      else if (input.type !== "range") input.selectedIndex = places[control];
      else {
        if (follows) input.max = end(widget, places, control);
        input.value = places[control];
        input.setAttribute("aria-valuetext", words);
        part(input.parentElement, "value").textContent = words;
      }
    });
    const [drawing, caption] = unpacked(widget, places.join("."));
    part(box, "drawing").innerHTML = caption ? drawing : "";
    part(box, "said").innerHTML = caption ? `<p class="inside-bert-caption">${caption}</p>` : drawing;  // is read aloud
    uncover(box);
  }

  function start(box) {
    const form = part(box, "controls");
    const ready = () => load(box.dataset.states).then(widgets => widgets[box.dataset.number]);
    let places = null;
    form.hidden = part(box, "said").hidden = false;
    form.addEventListener("submit", event => event.preventDefault());
    if (part(box, "drawing").childElementCount) uncover(box);  // the notebook stores something else
    for (const kind of ["pointerdown", "focusin"]) form.addEventListener(kind, () => ready().catch(() => {}), {once: true});
    form.addEventListener("input", async event => {
      const input = event.target.closest("[data-control]");
      try {
        const widget = await ready(), control = Number(input.dataset.control);
        places ??= widget.controls.map(({first}) => first);
        places[control] = placeOf(input);
        places = moved(widget, places, control);
        show(box, widget, places);
      } catch (error) {
        part(box, "said").textContent = "The drawings could not be loaded: reload the page to try again.";
        throw error;
      }
    });
  }

  for (const box of document.querySelectorAll(".inside-bert-explore")) start(box);
})();
