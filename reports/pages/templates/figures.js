// Tells what the points of a figure mean, shows the rows of tables about the same thing with them, and lets a reader
// select some by dragging over them. It follows script.js, whose `made` it uses.

const REACH = 40; // Pixels from a point or a line within which it is told.
const LEAST_DRAG = 5; // Pixels; less is a click.

// ---- What is about the same thing ----

const about = Map.groupBy(document.querySelectorAll("[data-key]"), (element) => element.dataset.key);
const tellSelected = []; // What each figure does when the selection changes.
let selected = new Set();
let pointedAt;

function pointAt(key) {
  if (key === pointedAt) return;
  about.get(pointedAt)?.forEach((element) => element.classList.remove("linked"));
  about.get(key)?.forEach((element) => element.classList.add("linked"));
  pointedAt = key;
}

function select(keys) {
  selected = keys;
  for (const [key, elements] of about) {
    for (const element of elements) element.classList.toggle("selected", keys.has(key));
  }
  for (const box of document.querySelectorAll("svg.points, tbody")) {
    box.classList.toggle("selecting", box.querySelector(".selected") !== null);
  }
  tellSelected.forEach((tell) => tell());
}

for (const row of document.querySelectorAll("tr[data-key]")) {
  row.addEventListener("pointerenter", () => pointAt(row.dataset.key));
  row.addEventListener("pointerleave", () => pointAt());
}

// ---- Where points and lines are ----

// A line of parallel coordinates has a place on each axis of its panel; a point has one place.
function marksOf(points) {
  return [...points.querySelectorAll("circle, polyline")].map((shape) => {
    const text = shape.querySelector("title").textContent;
    shape.replaceChildren();
    const places = shape.matches("circle")
      ? [{ x: shape.cx.baseVal.value, y: shape.cy.baseVal.value }]
      : Array.from(shape.points, ({ x, y }) => ({ x, y }));
    return { shape, text, places, key: shape.dataset.key, panel: shape.dataset.panel };
  });
}

function distanceToPiece(x, y, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(a.x + along * dx - x, a.y + along * dy - y);
}

function distance({ places }, x, y) {
  const pieces = places.slice(1).map((place, index) => distanceToPiece(x, y, places[index], place));
  return pieces.length ? Math.min(...pieces) : Math.hypot(places[0].x - x, places[0].y - y);
}

function nearest(marks, x, y, onlySelected) {
  const distances = marks.map((mark) => (onlySelected && !selected.has(mark.key) ? Infinity : distance(mark, x, y)));
  const least = Math.min(...distances);
  return { index: distances.indexOf(least), away: least };
}

// ---- Telling ----

function makeTelling(points, marks) {
  const picture = points.parentElement;
  const { width, height } = points.viewBox.baseVal;
  const tip = made("div", { className: "tip", hidden: true, ariaHidden: "true" });
  picture.append(tip);
  // By keyboard, and for who listens, the points are a row to go along.
  const attributes = {
    role: "slider", tabindex: 0, "aria-label": "Values in the figure, point by point",
    "aria-valuemin": 1, "aria-valuemax": marks.length, "aria-valuenow": 1, "aria-valuetext": marks[0].text,
  };
  points.removeAttribute("aria-hidden");
  for (const [name, value] of Object.entries(attributes)) points.setAttribute(name, value);

  let current = -1;
  function tell(index, at) {
    marks[current]?.shape.classList.remove("told");
    current = index;
    tip.hidden = index < 0;
    pointAt(marks[index]?.key);
    if (index < 0) return;
    const { shape, text, places } = marks[index];
    shape.classList.add("told");
    tip.textContent = text;
    points.setAttribute("aria-valuenow", index + 1);
    points.setAttribute("aria-valuetext", text);
    const { x, y } = at ?? places[places.length - 1];
    const { clientWidth, clientHeight } = picture;
    const left = (x / width) * clientWidth - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(left, clientWidth - tip.offsetWidth))}px`;
    const above = (y / height) * clientHeight - tip.offsetHeight - 12;
    tip.style.top = `${above < 0 ? above + tip.offsetHeight + 24 : above}px`;
  }
  function tellNearest(event) {
    const { x, y, scale } = placeIn(points, event);
    // While some are selected, the others stand back.
    const { index, away } = nearest(marks, x, y, points.classList.contains("selecting"));
    const isLine = marks[index].places.length > 1;
    tell(away * scale <= REACH ? index : -1, isLine ? { x, y } : undefined);
  }
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity };
  points.addEventListener("pointermove", tellNearest);
  points.addEventListener("pointerdown", tellNearest);
  points.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && tell(-1));
  points.addEventListener("focus", () => points.matches(":focus-visible") && tell(Math.max(current, 0)));
  points.addEventListener("blur", () => tell(-1));
  points.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return tell(-1);
    if (!(event.key in steps)) return;
    event.preventDefault();
    tell(Math.max(0, Math.min(current + steps[event.key], marks.length - 1)));
  });
}

// From the window to the picture's own units.
function placeIn(points, event) {
  const box = points.getBoundingClientRect();
  const scale = box.width / points.viewBox.baseVal.width;
  return { x: (event.clientX - box.left) / scale, y: (event.clientY - box.top) / scale, scale };
}

// ---- Selecting ----

const drawn = (name, attributes) => {
  const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) shape.setAttribute(attribute, value);
  return shape;
};

const inside = ({ x, y }, box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;

// A stretch of an axis of parallel coordinates, drawn as a narrow box, stays until it is clicked: each narrows further.
function makeAxes(points, marks) {
  const stretches = new Map();
  const axisAt = (x, y) => {
    const axes = marks.flatMap(({ panel, places }) => places.map((place, index) => ({ panel, index, ...place })));
    const away = axes.map((axis) => Math.abs(axis.x - x) + 0.1 * Math.abs(axis.y - y));
    return axes[away.indexOf(Math.min(...away))];
  };
  return {
    label: "Drag along an axis to select trials; a further axis narrows them down.",
    boxOf: (from, to) => {
      const axis = axisAt(from.x, from.y);
      return { left: axis.x - 6, right: axis.x + 6, top: Math.min(from.y, to.y), bottom: Math.max(from.y, to.y) };
    },
    chosen: (box, from, shape) => {
      const { panel, index } = axisAt(from.x, from.y);
      const name = `${panel} ${index}`;
      stretches.get(name)?.shape.remove();
      for (const [other, stretch] of stretches) {
        if (stretch.panel !== panel) stretches.delete(other), stretch.shape.remove();
      }
      stretches.set(name, { panel, index, box, shape });
      const passes = (mark) => [...stretches.values()].every(
        ({ index: axis, box: { top, bottom } }) => top <= mark.places[axis].y && mark.places[axis].y <= bottom,
      );
      return marks.filter((mark) => mark.panel === panel && passes(mark));
    },
    clear: () => {
      for (const { shape } of stretches.values()) shape.remove();
      stretches.clear();
    },
  };
}

function makeArea(points, marks) {
  let last;
  return {
    label: "Drag over points to select them, here and in the tables.",
    boxOf: (from, to) => ({
      left: Math.min(from.x, to.x), right: Math.max(from.x, to.x),
      top: Math.min(from.y, to.y), bottom: Math.max(from.y, to.y),
    }),
    chosen: (box, from, shape) => {
      last?.remove();
      last = shape;
      return marks.filter(({ places }) => inside(places[0], box));
    },
    clear: () => last?.remove(),
  };
}

function toggled(key) {
  const keys = new Set(selected);
  if (!keys.delete(key)) keys.add(key);
  return keys;
}

function makeSelecting(points, marks) {
  const keyed = marks.filter(({ key }) => key);
  const keys = new Set(keyed.map(({ key }) => key));
  if (keys.size < 2) return;
  const way = keyed[0].places.length > 1 ? makeAxes(points, keyed) : makeArea(points, keyed);
  points.prepend(drawn("rect", { class: "veil", width: "100%", height: "100%" }));
  const told = made("span", { role: "status" });
  const clear = made("button", { type: "button", textContent: "Clear", hidden: true });
  const hint = made("p", { className: "selection" });
  hint.append(told, " ", clear);
  const figure = points.closest("figure");
  figure.querySelector(".frame").after(hint);
  // The small picture of the first screen has no room to be explained.
  const label = figure.querySelector("figcaption") ? way.label : "";
  tellSelected.push(() => {
    const here = [...selected].filter((key) => keys.has(key)).length;
    told.textContent = selected.size ? `${here} of ${keys.size} selected.` : label;
    clear.hidden = !selected.size;
    hint.hidden = !told.textContent;
    if (!selected.size) way.clear();
  });
  clear.addEventListener("click", () => select(new Set()));

  let from, shape;
  const show = (box) => {
    const { left: x, right, top: y, bottom } = box;
    for (const [name, value] of Object.entries({ x, y, width: right - x, height: bottom - y })) {
      shape.setAttribute(name, value);
    }
  };
  points.addEventListener("pointerdown", (event) => {
    // A finger scrolls the page.
    if (event.pointerType === "touch" || event.button) return;
    from = placeIn(points, event);
    points.setPointerCapture(event.pointerId);
  });
  points.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = placeIn(points, event);
    if (!shape && Math.hypot(to.x - from.x, to.y - from.y) * to.scale < LEAST_DRAG) return;
    shape ??= points.appendChild(drawn("rect", { class: "brush" }));
    show(way.boxOf(from, to));
  });
  points.addEventListener("pointerup", (event) => {
    if (!from) return;
    const box = way.boxOf(from, placeIn(points, event));
    const chosen = shape ? way.chosen(box, from, shape) : [];
    [from, shape] = [undefined, undefined];
    select(new Set(chosen.map(({ key }) => key)));
  });
  points.addEventListener("pointercancel", () => {
    shape?.remove();
    [from, shape] = [undefined, undefined];
  });
  points.setAttribute("aria-label", `${points.getAttribute("aria-label")}; Enter selects, Escape ends it`);
  points.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return select(new Set());
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const { key } = marks[points.getAttribute("aria-valuenow") - 1];
    if (key) select(toggled(key));
  });
}

for (const points of document.querySelectorAll("svg.points")) {
  const marks = marksOf(points);
  makeTelling(points, marks);
  makeSelecting(points, marks);
}
tellSelected.forEach((tell) => tell());
