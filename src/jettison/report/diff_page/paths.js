// The paths that differ, largest first: folders that are new or gone are one line each. Kinds and the search choose.

const FIRST_PATHS = 30;
const MANY_PATHS = 200;
const LETTERS = { added: "A", removed: "D", changed: "C", metadata: "M", moved: "R" };

/** Fill a list by parts: the first rows at once, others when the button in `place` is pressed. Gives what draws anew. */
function moreOf(length, first, place, leftOut, append) {
  return () => {
    let shown = 0;
    const next = (rows) => {
      const to = Math.min(shown + rows, length);
      append(shown, to);
      shown = to;
      place.replaceChildren();
      if (shown < length) {
        const left = length - shown;
        const text = left > MANY_PATHS ? `Show ${MANY_PATHS} more of ${left.toLocaleString("en")}` : `Show the other ${left}`;
        const button = element("button", "more", { type: "button" }, text);
        button.addEventListener("click", () => next(MANY_PATHS));
        place.append(button);
      } else if (leftOut) {
        place.append(`… and ${leftOut.toLocaleString("en")} smaller ones that are not in this file`);
      }
    };
    next(first);
  };
}

const shownKinds = new Set();

/** Show in the map where a path lies, or what of the folders above it has a place there. */
function showInMap(path) {
  let row = rowAt(path);
  for (let above = path; row < 0; row = rowAt(above)) above = above.slice(0, above.replace(/\/$/, "").lastIndexOf("/"));
  go(row);
  treemap.scrollIntoView({ block: "nearest" });
}

/** The path of a line; a button where the map has bytes to show of it. */
function pathName(path, bytes) {
  if (!bytes) return element("span", "name", {}, path);
  const button = element("button", "name", { type: "button", title: "Show in the map" }, path);
  button.addEventListener("click", () => showInMap(path));
  return button;
}

function pathRow([kind, bytes, path, paths, before, remark]) {
  const name = diff.kinds[kind];
  const what = [paths > 1 ? count(paths, "path") : "", remark].filter(Boolean).join(", ");
  return element(
    "tr",
    "",
    {},
    element("td", "letter", {}, element("abbr", name, { title: KINDS[name] }, LETTERS[name])),
    element("td", bytes ? "number" : "number none", {}, signed(bytes)),
    element(
      "td",
      "path",
      {},
      before ? element("span", "before", {}, `${before} → `) : null,
      pathName(path, bytes),
      what ? element("span", "what", {}, what) : null,
    ),
  );
}

function drawPaths() {
  const wanted = searchField.value.trim().toLowerCase();
  const found = diff.lines.filter(
    ([kind, , path, , before]) =>
      (!shownKinds.size || shownKinds.has(kind)) &&
      (!wanted || path.toLowerCase().includes(wanted) || before.toLowerCase().includes(wanted)),
  );
  const rows = byId("paths");
  rows.replaceChildren();
  const place = byId("paths-rest");
  moreOf(found.length, FIRST_PATHS, place, diff.more.lines, (from, to) => rows.append(...found.slice(from, to).map(pathRow)))();
  if (!found.length) place.textContent = "No line matches; files in a folder that is new or gone are in its line.";
}

function drawPathKinds() {
  if (!diff.lines.length) {
    byId("paths-panel").hidden = true;
    return;
  }
  diff.kinds.forEach((kind, number) => {
    const lines = diff.lines.filter(([each]) => each === number).length;
    if (!lines) return;
    const letter = element("abbr", kind, { "aria-hidden": "true" }, LETTERS[kind]);
    const paths = element("span", "weight", {}, diff.counts[number].toLocaleString("en"));
    const button = element("button", "class", { type: "button", "aria-pressed": "false" }, letter, KINDS[kind], space(), paths);
    button.addEventListener("click", () => {
      if (!shownKinds.delete(number)) shownKinds.add(number);
      button.setAttribute("aria-pressed", String(shownKinds.has(number)));
      drawPaths();
    });
    byId("kinds").append(button);
  });
  drawPaths();
  searchField.addEventListener("input", drawPaths);
  onChange((what) => what === "lifted" && !searchField.value && drawPaths());
}
