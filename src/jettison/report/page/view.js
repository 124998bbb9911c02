// The view: which folder is shown, through which lens, and what is lifted out. Whoever draws is told of changes.

const view = {
  root: 0,
  lens: lenses[0],
  /** What is pointed at or focused, and what was chosen to stay: {label, matches(colour), rows}, or null. */
  pointed: null,
  pinned: null,
  listeners: [],
};

const lifted = () => view.pointed ?? view.pinned;

function onChange(listener) {
  view.listeners.push(listener);
}

/** Tell everybody what changed: "root", "lens" or "lifted". */
function changed(what, detail = {}) {
  for (const listener of view.listeners) listener(what, detail);
}

function show(root, detail = {}) {
  if (root === view.root) return;
  const before = view.root;
  view.root = root;
  changed("root", { before, ...detail });
}

/** Let go of what was chosen; then up to the next folder that holds more than the one below. */
function goUp() {
  if (view.pinned) {
    pin(null);
  } else if (view.root > 0) {
    let above = tree.parent[view.root];
    while (above > 0 && deepest(above) === view.root) above = tree.parent[above];
    show(above, { focus: true });
  }
}

function useLens(chosen, detail = {}) {
  view.lens = chosen;
  changed("lens", detail);
}

function point(what) {
  if (view.pointed === what) return;
  view.pointed = what;
  changed("lifted");
}

function pin(what) {
  view.pinned = what;
  view.pointed = null;
  changed("lifted");
}

/** What lifts all bytes of some colours out; `owner` tells two of them apart. */
function colourFilter(owner, label, test) {
  let found = null; // looked at when it is used: every instruction and every layer has a filter
  return {
    owner,
    label,
    rows: null,
    get colours() {
      found ??= report.colours.map(test);
      return found;
    },
  };
}

/** The part, 0 to 1, of the bytes in and below some rows that is lifted out. */
function liftedPart(rows, sums) {
  const filter = lifted();
  if (!filter) return 1;
  let all = 0;
  let matched = 0;
  if (filter.rows) {
    for (const row of rows) {
      all += tree.bytes[row];
      if (filter.rows[row]) matched += tree.bytes[row];
      else for (let at = row + 1; at < tree.end[row]; at += 1) {
        if (filter.rows[at] === 1 && !isFolder(at)) matched += tree.bytes[at];
      }
    }
  } else {
    sums.forEach((sum, colour) => {
      all += sum;
      if (filter.colours[colour]) matched += sum;
    });
  }
  return all ? matched / all : 0;
}

/** Make a control lift its bytes while it is pointed at or focused, and keep them lifted when it is pressed. */
function liftsOut(control, filter) {
  control.addEventListener("pointerenter", () => point(filter));
  control.addEventListener("pointerleave", () => point(null));
  control.addEventListener("focus", () => point(filter));
  control.addEventListener("blur", () => point(null));
  control.addEventListener("click", () => pin(view.pinned?.owner === filter.owner ? null : filter));
  control.setAttribute("aria-pressed", "false");
  controls.push({ control, filter });
}

let controls = [];
onChange((what) => {
  if (what !== "lifted") return;
  controls = controls.filter(({ control }) => control.isConnected);
  for (const { control, filter } of controls) {
    control.setAttribute("aria-pressed", String(view.pinned?.owner === filter.owner));
    control.classList.toggle("lit", lifted()?.owner === filter.owner);
  }
});
