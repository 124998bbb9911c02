// The start: what the address asks for, all parts drawn once, and the keys that work everywhere.

const asked = () => new URLSearchParams(location.hash.slice(1));
const askedLens = () => lenses.find(({ name }) => name === asked().get("by")) ?? lenses[0];

function askedFolder() {
  const place = rowAt(asked().get("path") ?? "/");
  return place > 0 && isFolder(place) ? place : 0;
}

/** Keep the address up to date, so that a place in the image can be passed on; the browser's way back leads to the last folder. */
function keepAddress(isNewPlace) {
  const state = new URLSearchParams();
  if (view.root) state.set("path", pathOf(view.root));
  if (view.lens !== lenses[0]) state.set("by", view.lens.name);
  try {
    history[isNewPlace ? "pushState" : "replaceState"](null, "", `#${state}`);
  } catch {
    // some browsers let no page from disk change its address
  }
}

/** Draw the map, then the other parts of the page. */
function start(...parts) {
  useTheme(asked().get("theme") ?? keptTheme());
  view.lens = askedLens();
  view.root = askedFolder();
  drawLenses();
  drawLegend();
  drawCrumbs();
  draw();
  describe(null);
  for (const part of parts) part();
  onChange((what, { byAddress }) => what !== "lifted" && !byAddress && keepAddress(what === "root"));
}

addEventListener("popstate", () => {
  if (askedLens() !== view.lens) useLens(askedLens(), { byAddress: true });
  show(askedFolder(), { byAddress: true, focus: treemap.contains(document.activeElement) });
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  treemap.querySelector("[tabindex='0']")?.focus();
});

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
