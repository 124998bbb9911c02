// The map: tiles of files in frames of folders. Tiles of the folder that is shown can be focused; arrows move by place.

const MOST_TILES = 1600;
/** In square pixels: what is smaller becomes one tile with its smaller neighbours. */
const LEAST_AREA = 26;
const HEAD = 19;
const EDGE = 2;

const treemap = byId("treemap");
let tiles = [];

/** The mark of the focus: above the tiles, since those of a folder lie above the folder's own. */
const ring = element("div", "ring", { "aria-hidden": "true", hidden: true });

/** Lay out the folder that is shown. Where that makes too many tiles, all of it is told with less detail, if not far less. */
function layOut() {
  let finer = null;
  for (let area = LEAST_AREA; ; area *= 1.5) {
    const placed = layOutWith(area);
    if (placed.length <= MOST_TILES) return finer && placed.length < MOST_TILES / 3 ? finer : placed;
    finer = placed;
  }
}

/** Lay out with no tile below an area; what is largest on the screen is opened first, until there are tiles enough. */
function layOutWith(leastArea) {
  const { clientWidth: width, clientHeight: height } = treemap;
  const placed = [];
  const pending = [];
  const open = (row, box, level) => {
    const children = childrenOf(row).filter((child) => tree.bytes[child]);
    const scale = (box.width * box.height) / tree.bytes[row];
    let kept = children.findIndex((child) => tree.bytes[child] * scale < leastArea);
    if (kept < 0 || kept === children.length - 1) kept = children.length;
    if (kept > MOST_TILES / 2) kept = MOST_TILES / 2;
    const items = children.slice(0, kept).map((child) => [child]);
    if (kept < children.length) items.push(children.slice(kept));
    const sum = (rows) => rows.reduce((all, child) => all + tree.bytes[child], 0);
    items.sort((one, other) => sum(other) - sum(one));
    squarify(items.map(sum), box).forEach((place, number) => {
      const tile = { rows: items[number], ...place, level, opened: false };
      placed.push(tile);
      if (tile.rows.length === 1 && isFolder(tile.rows[0])) pending.push(tile);
    });
  };
  open(view.root, { x: 0, y: 0, width, height }, 1);
  while (pending.length && placed.length <= MOST_TILES) {
    let largest = 0;
    for (let at = 1; at < pending.length; at += 1) {
      if (pending[at].width * pending[at].height > pending[largest].width * pending[largest].height) largest = at;
    }
    const [tile] = pending.splice(largest, 1);
    if (tile.width < 30 || tile.height < 22) continue;
    const row = deepest(tile.rows[0]);
    tile.shown = row;
    tile.head = tile.height > 44 && tile.width > 54 ? HEAD : EDGE;
    const box = {
      x: tile.x + EDGE,
      y: tile.y + tile.head,
      width: tile.width - 2 * EDGE - 1,
      height: tile.height - tile.head - EDGE - 1,
    };
    const largestChild = tree.bytes[childrenOf(row)[0]];
    if ((largestChild / tree.bytes[row]) * box.width * box.height < 2 * leastArea) continue;
    tile.opened = true;
    open(row, box, tile.level + 1);
  }
  return placed;
}

function tileName({ rows, shown = rows[0] }) {
  if (rows.length > 1) return `${tileFiles({ rows }).toLocaleString("en")} smaller`;
  return chainOf(shown).slice(chainOf(rows[0]).length - 1).map(nameOf).join("/");
}

const tileBytes = ({ rows }) => rows.reduce((sum, row) => sum + tree.bytes[row], 0);
const tileFiles = ({ rows }) => rows.reduce((sum, row) => sum + tree.files[row], 0);

/** What is said of a tile, to ears too. */
function tileText(tile) {
  const [row] = tile.rows;
  const one = tile.rows.length === 1;
  const where = one ? pathOf(tile.shown ?? row) : `${pathOf(tree.parent[row])} ${tileName(tile)}`;
  const kind = one && isFolder(row) ? `folder, ${told.files(tree.files[row])}` : "";
  const most = dominant(view.lens, tile.sums);
  const mostly = most && (most.part > 0.99 ? most.label : `mostly ${most.label}`);
  return [where, told.weight(tile.sums), told.share(tileBytes(tile)), kind, mostly].filter(Boolean);
}

let drawnFor = "";
function draw() {
  drawnFor = `${treemap.clientWidth} ${treemap.clientHeight}`;
  tiles = layOut();
  const { clientWidth: width, clientHeight: height } = treemap; // in parts of which tiles are placed: paper is narrower
  const elements = tiles.map((tile, number) => {
    tile.sums = addColours(tile.rows, noColours());
    const made = element("div", `tile${tile.opened ? " frame" : ""}${tile.level === 1 ? " outer" : ""}`);
    made.style.left = `${(100 * tile.x) / width}%`;
    made.style.top = `${(100 * tile.y) / height}%`;
    made.style.width = `calc(${(100 * tile.width) / width}% - ${Math.min(1, tile.width / 2)}px)`;
    made.style.height = `calc(${(100 * tile.height) / height}% - ${Math.min(1, tile.height / 2)}px)`;
    made.dataset.tile = number;
    const room = tile.opened ? tile.head === HEAD : tile.width > 38 && tile.height > 17;
    if (room) {
      made.append(element("span", "name", {}, tileName(tile)));
      const weight = told.weight(tile.sums);
      const least = 12 + 6.2 * weight.length;
      if (tile.opened ? tile.width > least + 46 : tile.height > 34 && tile.width > least) {
        made.append(space(), element("span", "weight", {}, weight));
      }
    }
    if (tile.level === 1) {
      made.setAttribute("role", "treeitem");
      made.tabIndex = -1;
      if (tile.rows.length === 1 && isFolder(tile.rows[0])) made.setAttribute("aria-expanded", "false");
    } else {
      made.setAttribute("aria-hidden", "true");
    }
    tile.element = made;
    return made;
  });
  const nothing = tiles.length ? [] : [element("p", "flat", {}, told.nothing)];
  treemap.replaceChildren(...elements, ...nothing, ring);
  treemap.setAttribute("role", tiles.length ? "tree" : "group"); // a tree without items is none
  ring.hidden = true;
  paint();
  lift();
  const first = tiles[0];
  if (first) first.element.tabIndex = 0;
}

/** Colour the tiles through the lens. */
function paint() {
  for (const tile of tiles) {
    const hue = dominant(view.lens, tile.sums)?.hue ?? "plain";
    tile.element.dataset.hue = tile.opened ? "none" : hue;
    if (tile.level === 1) tile.element.setAttribute("aria-label", tileText(tile).join(", "));
  }
}

/** Dim what is not lifted out. */
function lift() {
  const filter = lifted();
  treemap.classList.toggle("lifting", filter !== null);
  for (const tile of tiles) {
    const part = filter ? liftedPart(tile.rows, tile.sums) : 1;
    tile.element.style.setProperty("--lit", filter && !tile.opened ? (0.14 + 0.86 * Math.sqrt(part)).toFixed(3) : "1");
    tile.element.classList.toggle("off", filter !== null && part === 0);
  }
}

const outer = () => tiles.filter(({ level }) => level === 1);
const tileOf = (target) => tiles[target.closest?.("[data-tile]")?.dataset.tile] ?? null;

function focusTile(tile) {
  for (const { element: other } of outer()) other.tabIndex = -1;
  tile.element.tabIndex = 0;
  tile.element.focus({ preventScroll: true });
}

/** Focus the tile of a node, or the largest one. */
function focusRow(row) {
  const found = outer();
  const wanted = found.find(({ rows }) => rows.includes(row)) ?? found[0];
  if (wanted) focusTile(wanted);
}

/** The nearest tile of the shown folder in a direction. */
function neighbour(from, dx, dy) {
  const middle = (tile) => ({ x: tile.x + tile.width / 2, y: tile.y + tile.height / 2 });
  const here = middle(from);
  let best = null;
  let least = Infinity;
  for (const tile of outer()) {
    const there = middle(tile);
    const ahead = (there.x - here.x) * dx + (there.y - here.y) * dy;
    if (tile === from || ahead <= 0.5) continue;
    const aside = dx
      ? Math.max(0, tile.y - here.y, here.y - tile.y - tile.height)
      : Math.max(0, tile.x - here.x, here.x - tile.x - tile.width);
    const gap = dx
      ? Math.max(0, dx > 0 ? tile.x - from.x - from.width : from.x - tile.x - tile.width)
      : Math.max(0, dy > 0 ? tile.y - from.y - from.height : from.y - tile.y - tile.height);
    const distance = gap + 3 * aside + ahead / 1000;
    if (distance < least) [best, least] = [tile, distance];
  }
  return best;
}

/** Open what a tile stands for: a folder, or the folder that a file lies in. */
function enter(tile, { focus }) {
  const [row] = tile.rows;
  const folder = tile.rows.length === 1 && isFolder(row) ? row : tree.parent[row];
  if (folder !== view.root) show(folder === row ? (tile.shown ?? deepest(row)) : folder, { from: tile, focus });
}

function describe(tile) {
  const detail = byId("detail");
  if (!tile) {
    const folded = tree.least ? ` Files below ${size(tree.least)} are folded into “smaller”.` : "";
    const all = `${pathOf(view.root)}  ${told.weight(sumsOf(view.root))}, ${told.files(tree.files[view.root])}.`;
    detail.replaceChildren(element("span", "hint", {}, all + folded));
    return;
  }
  const [where, ...rest] = tileText(tile);
  const said = [...rest, ...told.more(tile.sums)].join(" · ");
  detail.replaceChildren(element("b", "", {}, where), space(), element("span", "", {}, said));
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

treemap.addEventListener("keydown", (event) => {
  const tile = tileOf(event.target);
  if (!tile || event.altKey || event.ctrlKey || event.metaKey) return;
  const step = STEPS[event.key];
  if (step) {
    const next = neighbour(tile, ...step);
    if (next) focusTile(next);
  } else if (event.key === "Enter" || event.key === " ") {
    enter(tile, { focus: true });
  } else if (event.key === "Home") {
    show(0, { focus: true });
  } else {
    return;
  }
  event.preventDefault();
});
treemap.addEventListener("click", (event) => {
  const tile = tileOf(event.target);
  if (tile) enter(tile, { focus: false });
});
treemap.addEventListener("focusin", (event) => {
  const tile = tileOf(event.target);
  describe(tile);
  ring.hidden = !tile?.element.matches(":focus-visible");
  if (!ring.hidden) for (const side of ["left", "top", "width", "height"]) ring.style[side] = tile.element.style[side];
});
treemap.addEventListener("focusout", () => {
  describe(null);
  ring.hidden = true;
});

/** Grow from the tile that was opened, or shrink back into its place; nobody waits for it. */
function animate(before, from) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !treemap.animate) return;
  const { clientWidth: width, clientHeight: height } = treemap;
  const box = from ?? outer().find(({ rows }) => chainOf(before).includes(rows[0]));
  if (!box) return;
  const inward = `translate(${box.x}px, ${box.y}px) scale(${box.width / width}, ${box.height / height})`;
  const [wider, higher] = [width / box.width, height / box.height];
  const outward = `translate(${-box.x * wider}px, ${-box.y * higher}px) scale(${wider}, ${higher})`;
  treemap.animate(
    [
      { transform: from ? inward : outward, transformOrigin: "0 0", opacity: 0.4 },
      { transform: "none", transformOrigin: "0 0", opacity: 1 },
    ],
    { duration: 200, easing: "cubic-bezier(.2, .7, .2, 1)" },
  );
}

onChange((what, { before, from, focus, row }) => {
  if (what === "lens") paint();
  else if (what === "lifted") lift();
  else {
    draw();
    animate(before, from);
    describe(null);
    say(`${pathOf(view.root)}, ${told.weight(sumsOf(view.root))}`);
    if (focus) focusRow(row ?? chainOf(before).find((each) => tree.parent[each] === view.root));
  }
});

new ResizeObserver(() => {
  if (drawnFor === `${treemap.clientWidth} ${treemap.clientHeight}`) return;
  const focused = tileOf(document.activeElement)?.rows[0];
  draw();
  if (focused !== undefined) focusRow(focused);
}).observe(treemap);
