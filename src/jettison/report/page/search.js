// Searching paths: what matches is lifted out of the map and listed, largest first; Enter goes there.

const MOST_FOUND = 60;
const MANY_ROWS = 20000;
const searchField = byId("search");
const foundList = byId("found");
let chosen = -1;

/** Rows that match, and a mark for each row: 1 for it and all that lies in it. */
function find(text) {
  const wanted = text.toLowerCase();
  const byPath = wanted.includes("/");
  const marks = new Uint8Array(tree.rows);
  const found = [];
  const outermost = [];
  for (let row = 1; row < tree.rows; row += 1) {
    if (tree.colours[row] === SMALLER || !tree.names[row]) continue;
    const name = byPath ? pathOf(row).toLowerCase() : tree.names[row].toLowerCase();
    if (!name.includes(wanted)) continue;
    found.push(row);
    if (!marks[row]) outermost.push(row);
    marks.fill(1, row, tree.end[row]);
  }
  found.sort((one, other) => tree.bytes[other] - tree.bytes[one]);
  return { found, marks, sums: addColours(outermost, noColours()) };
}

function close() {
  foundList.hidden = true;
  chosen = -1;
  searchField.setAttribute("aria-expanded", "false");
  searchField.removeAttribute("aria-activedescendant");
}

function search() {
  const text = searchField.value.trim();
  if (!text) {
    close();
    if (view.pinned?.owner === "search") pin(null);
    return;
  }
  const { found, marks, sums } = find(text);
  pin({ owner: "search", label: `“${text}”`, rows: marks });
  const options = found.slice(0, MOST_FOUND).map((row, number) =>
    element(
      "div",
      "option",
      { role: "option", id: `found-${number}`, "data-row": row, "aria-selected": "false" },
      element("span", "path", { title: pathOf(row) }, element("bdi", "", {}, pathOf(row) + (isFolder(row) ? "/" : ""))),
      space(),
      element("span", "weight", {}, told.weight(sumsOf(row))),
    ),
  );
  const folded = tree.least ? `; files below ${size(tree.least)} cannot be searched for` : "";
  const summary = found.length ? `${count(found.length, "match", "matches")}, ${told.weight(sums)}` : "No path matches";
  say(summary);
  foundList.replaceChildren(element("p", "sum", { role: "presentation" }, summary + folded), ...options);
  foundList.hidden = false;
  searchField.setAttribute("aria-expanded", "true");
  choose(options.length ? 0 : -1);
}

function choose(number) {
  const options = foundList.querySelectorAll(".option");
  chosen = options.length ? (number + options.length) % options.length : -1;
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
  if (chosen < 0) return;
  options[chosen].scrollIntoView({ block: "nearest" });
  searchField.setAttribute("aria-activedescendant", options[chosen].id);
}

/** Show what was found where it lies. */
function go(row) {
  close();
  const folder = isFolder(row) ? row : tree.parent[row];
  if (folder === view.root) focusRow(row);
  else show(folder, { focus: true, row });
}

let waiting = 0;
searchField.addEventListener("input", () => {
  clearTimeout(waiting);
  if (tree.rows > MANY_ROWS) waiting = setTimeout(search, 120);
  else search();
});
searchField.addEventListener("keydown", (event) => {
  const option = foundList.querySelectorAll(".option")[chosen];
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter" && option) go(Number(option.dataset.row));
  else if (event.key === "Escape") {
    searchField.value = "";
    search();
    searchField.blur();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
searchField.addEventListener("focus", () => searchField.value && search());
searchField.addEventListener("blur", close);
foundList.addEventListener("pointerdown", (event) => {
  const option = event.target.closest(".option");
  if (option) go(Number(option.dataset.row));
  event.preventDefault();
});
onChange((what) => {
  if (what === "lifted" && view.pinned?.owner !== "search" && document.activeElement !== searchField) searchField.value = "";
});
