"use strict";
document.documentElement.classList.add("on");
const map = document.getElementById("map");
const body = map.tBodies[0];
const rows = [...body.rows];
const controls = ["find", "status", "flag", "bug"].map((id) => document.getElementById(id));
const [find, status, flag, bug] = controls;

function keep(row) {
  const flags = (row.dataset.f || "").split(" ");
  return row.cells[0].textContent.toLowerCase().includes(find.value.trim().toLowerCase())
    && (!status.value || (row.dataset.s || "g") === status.value)
    && (!flag.value || (flag.value === "*" ? flags[0] !== "" : flags.includes(flag.value)))
    && (!bug.value || [...row.querySelectorAll("sub")].some((mark) => mark.textContent === bug.value));
}

function filter() {
  let count = 0;
  for (const row of rows) {
    row.hidden = !keep(row);
    count += !row.hidden;
  }
  document.getElementById("shown").textContent = `${count} / ${rows.length}`;
}

function value(cell) {
  const text = cell.firstChild ? cell.firstChild.textContent.trim() : "";
  return text === "…" ? -1 : text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function sort(head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  rows.sort((a, b) => (down ? -1 : 1) * compare(value(a.cells[column]), value(b.cells[column])));
  body.append(...rows);
}

[...map.tHead.rows[1].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sort(head, column));
  head.append(button);
});
for (const control of controls) control.addEventListener("input", filter);
document.querySelector("form").addEventListener("reset", () => setTimeout(filter));
document.querySelectorAll("[data-bug]").forEach((button) => button.addEventListener("click", () => {
  bug.form.reset();
  bug.value = button.dataset.bug;
  filter();
  document.getElementById("students").scrollIntoView();
  bug.focus();
}));
filter();
