// Sorts and filters tables, opens folded cards that are linked to, and the contents where there is room. Figures have
// a script of their own, figures.js. Without scripts everything can still be read, and pointing at a point of a figure
// shows its value after a moment.

const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

// ---- Tables ----

const NUMBER = /^(?:under |over |[<>≤≥≈×] ?)?([-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?)/;

function numberIn(text) {
  const found = NUMBER.exec(text.replace("\u2212", "-"));
  return found ? Number(found[1].replaceAll(",", "")) : NaN;
}

// What a row rests on stands in a row under it, which goes where it goes.
const rowsOf = (table) => [...table.tBodies[0].rows].filter((row) => !row.classList.contains("detail"));
const detailOf = (row) => row.nextElementSibling?.classList.contains("detail") ? row.nextElementSibling : null;

// What has no value stands last, whichever way the rest is sorted.
function comparison(column, numeric, sign) {
  const text = (row) => row.cells[column].textContent.trim();
  return (one, other) => {
    const [a, b] = [text(one), text(other)];
    if (!numeric) return sign * a.localeCompare(b, "en", { numeric: true });
    const [x, y] = [numberIn(a), numberIn(b)];
    return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : sign * (x - y);
  };
}

const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

function makeSortable(table) {
  const body = table.tBodies[0];
  const given = rowsOf(table);
  const details = new Map(given.map((row) => [row, detailOf(row)]));
  const show = (rows) => body.append(...rows.flatMap((row) => [row, details.get(row)].filter(Boolean)));
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = made("button", { type: "button", title: "Sort by this column" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const order = NEXT[heading.getAttribute("aria-sort") ?? "none"];
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      if (order === "none") return show(given);
      heading.setAttribute("aria-sort", order);
      const numeric = heading.classList.contains("number");
      show(given.toSorted(comparison(column, numeric, order === "ascending" ? 1 : -1)));
    });
  });
}

// What scrolls inside its own box says how much of it is in sight.
function tellRowsInSight(scroll, caption) {
  const rows = rowsOf(scroll.querySelector("table"));
  const head = scroll.querySelector("thead");
  const told = made("span", { className: "rows" });
  caption.append(told);
  const tell = () => {
    const box = scroll.getBoundingClientRect();
    const shown = rows.filter((row) => !row.hidden);
    const inSight = shown.filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > box.top + head.offsetHeight + 1 && top < box.bottom - 1;
    });
    const all = inSight.length === shown.length;
    told.textContent = all ? "" : `${inSight.length} of ${shown.length} rows in sight: scroll for more`;
  };
  scroll.addEventListener("scroll", tell, { passive: true });
  new ResizeObserver(tell).observe(scroll);
  new MutationObserver(tell).observe(scroll, { subtree: true, attributeFilter: ["hidden"] });
}

const WORTH_FILTERING = 12; // Rows from which on a filter is quicker than the eye.

// A row stays if it holds every word.
function makeFilterable(table, caption) {
  const rows = rowsOf(table);
  const title = caption.querySelector("[id]").textContent;
  const input = made("input", { type: "search", placeholder: "Filter rows", ariaLabel: `Filter rows: ${title}` });
  const label = made("span", { className: "filter" });
  const told = made("span", { className: "rows", role: "status" });
  label.append(input);
  caption.append(label, told);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (row.hidden) close(row);
    }
    const left = rows.filter((row) => !row.hidden).length;
    told.textContent = words.length ? `${left} of ${rows.length} rows hold “${input.value.trim()}”` : "";
  });
}

function close(row) {
  row.querySelector(".why")?.setAttribute("aria-expanded", "false");
  const detail = detailOf(row);
  if (detail) detail.hidden = true;
}

// The first cell of a row opens what the row rests on.
function foldDetails(table) {
  for (const row of rowsOf(table)) {
    const detail = detailOf(row);
    if (!detail) continue;
    table.classList.add("folding");
    const cell = row.cells[0];
    const button = made("button", { type: "button", className: "why", title: "What this rests on" });
    button.append(...cell.childNodes);
    cell.append(button);
    detail.querySelector("details").open = true;
    button.addEventListener("click", () => {
      detail.hidden = !detail.hidden;
      button.setAttribute("aria-expanded", String(!detail.hidden));
    });
    close(row);
  }
}

// The first columns of a table are enough for most readers.
function foldColumns(box, caption) {
  const all = `All ${box.dataset.columns} columns`;
  const button = made("button", { type: "button", className: "columns", textContent: all });
  box.classList.add("few");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const few = box.classList.toggle("few");
    button.setAttribute("aria-expanded", String(!few));
    button.textContent = few ? all : "Fewer columns";
  });
  caption.append(button);
}

// A table or figure that goes on to the right, or further down, fades out there.
function fadeWhereMore(scroll) {
  const fade = () => {
    scroll.classList.toggle("more", scroll.scrollLeft + scroll.clientWidth < scroll.scrollWidth - 1);
    scroll.classList.toggle("below", scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 1);
  };
  scroll.addEventListener("scroll", fade, { passive: true });
  new ResizeObserver(fade).observe(scroll);
}

for (const box of document.querySelectorAll(".table")) {
  const table = box.querySelector("table");
  const rows = rowsOf(table).length;
  foldDetails(table);
  if (box.dataset.columns) foldColumns(box, box.querySelector(".caption"));
  if (rows > 1) makeSortable(table);
  if (rows >= WORTH_FILTERING) makeFilterable(table, box.querySelector(".caption"));
}
for (const scroll of document.querySelectorAll(".tall")) {
  tellRowsInSight(scroll, scroll.parentElement.querySelector(".caption"));
}
document.querySelectorAll(".scroll, .frame").forEach(fadeWhereMore);

// ---- Findings ----

// A link to a folded card opens it, and the row that it stands in.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.matches("details.card")) return;
  target.open = true;
  const detail = target.closest(".detail");
  if (!detail) return;
  detail.hidden = false;
  detail.previousElementSibling.querySelector(".why").setAttribute("aria-expanded", "true");
  detail.previousElementSibling.scrollIntoView();
}

addEventListener("hashchange", openTarget);
openTarget();

// ---- Commands ----

for (const box of document.querySelectorAll(".copied")) {
  const button = made("button", { type: "button", textContent: "Copy" });
  const text = box.querySelector("code").textContent.trim();
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // A page that was opened as a file may not reach the clipboard.
      getSelection().selectAllChildren(box.querySelector("code"));
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  box.append(button);
}

// ---- Contents ----

const contents = document.querySelector("nav details");
const roomy = matchMedia("(min-width: 76rem)");
const openIfRoomy = () => { contents.open = roomy.matches; };
roomy.addEventListener("change", openIfRoomy);
openIfRoomy();

const current = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const link = contents.querySelector(`a[href="#${target.id}"]`);
    isIntersecting ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }
}, { rootMargin: "-20% 0px -75% 0px" });
document.querySelectorAll("main > section").forEach((section) => current.observe(section));
