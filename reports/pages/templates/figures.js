// Tells the values of a figure's points. It follows script.js, whose `made` it uses.

const REACH = 40; // Pixels from a point within which it is told.

function makeTelling(points) {
  const picture = points.parentElement;
  const { width, height } = points.viewBox.baseVal;
  const tip = made("div", { className: "tip", hidden: true, ariaHidden: "true" });
  picture.append(tip);
  const marks = [...points.querySelectorAll("circle")].map((circle) => {
    const text = circle.querySelector("title").textContent;
    circle.replaceChildren();
    return { circle, text, x: circle.cx.baseVal.value, y: circle.cy.baseVal.value };
  });
  // By keyboard, and for who listens, the points are a row to go along.
  const attributes = {
    role: "slider", tabindex: 0, "aria-label": "Values in the figure, point by point",
    "aria-valuemin": 1, "aria-valuemax": marks.length, "aria-valuenow": 1, "aria-valuetext": marks[0].text,
  };
  points.removeAttribute("aria-hidden");
  for (const [name, value] of Object.entries(attributes)) points.setAttribute(name, value);

  let current = -1;
  function tell(index) {
    marks[current]?.circle.classList.remove("told");
    current = index;
    tip.hidden = index < 0;
    if (index < 0) return;
    const { circle, text, x, y } = marks[index];
    circle.classList.add("told");
    tip.textContent = text;
    points.setAttribute("aria-valuenow", index + 1);
    points.setAttribute("aria-valuetext", text);
    const { clientWidth, clientHeight } = picture;
    const left = (x / width) * clientWidth - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(0, Math.min(left, clientWidth - tip.offsetWidth))}px`;
    const above = (y / height) * clientHeight - tip.offsetHeight - 12;
    tip.style.top = `${above < 0 ? above + tip.offsetHeight + 24 : above}px`;
  }
  function tellNearest(event) {
    const box = points.getBoundingClientRect();
    const scale = box.width / width;
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const distances = marks.map(({ x, y }) => Math.hypot(x * scale - px, y * scale - py));
    const nearest = distances.indexOf(Math.min(...distances));
    tell(distances[nearest] <= REACH ? nearest : -1);
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

document.querySelectorAll("svg.points").forEach(makeTelling);
