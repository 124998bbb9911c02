// The start: what the address asks for, all parts drawn once, and the keys that work everywhere.

const asked = new URLSearchParams(location.hash.slice(1));

/** Keep the address up to date, so that a place in the image can be passed on. */
function keepAddress() {
  const state = new URLSearchParams();
  if (view.root) state.set("path", pathOf(view.root));
  if (view.lens !== lenses[0]) state.set("by", view.lens.name);
  try {
    history.replaceState(null, "", `#${state}`);
  } catch {
    // some browsers let no page from disk change its address
  }
}

/** Draw the map, then the other parts of the page. */
function start(...parts) {
  useTheme(asked.get("theme") ?? keptTheme());
  view.lens = lenses.find(({ name }) => name === asked.get("by")) ?? lenses[0];
  const place = rowAt(asked.get("path") ?? "/");
  view.root = place > 0 && isFolder(place) ? place : 0;
  drawLenses();
  drawLegend();
  drawCrumbs();
  draw();
  describe(null);
  for (const part of parts) part();
  onChange((what) => what !== "lifted" && keepAddress());
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input[type=search]");
  if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/") {
    searchField.focus();
    searchField.select();
  } else if (event.key === "Escape" || event.key === "Backspace") {
    goUp();
  } else {
    return;
  }
  event.preventDefault();
});
