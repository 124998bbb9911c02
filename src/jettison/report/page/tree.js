// The data of the page, and the tree of its files as columns. Nothing here is changed once it is read.

const report = JSON.parse(byId("data").textContent);

const FOLDER = -1;
const SMALLER = -2;

/** Rows are nodes, parents first: the nodes below row `i` are the rows from `i + 1` to `end[i]`. */
const tree = (() => {
  const { names: joined, depths, sizes, colours, smaller, least } = report.tree;
  const names = joined.split("/");
  const rows = depths.length;
  const parent = new Int32Array(rows).fill(-1);
  const end = new Int32Array(rows);
  const bytes = new Float64Array(rows);
  const files = new Int32Array(rows);
  const open = [];
  for (let row = 0; row < rows; row += 1) {
    while (open.length > depths[row]) end[open.pop()] = row;
    if (open.length) parent[row] = open[open.length - 1];
    open.push(row);
    bytes[row] = sizes[row];
    files[row] = colours[row] === SMALLER ? smaller[row][0] : Number(colours[row] !== FOLDER);
  }
  while (open.length) end[open.pop()] = rows;
  for (let row = rows - 1; row > 0; row -= 1) {
    bytes[parent[row]] += bytes[row];
    files[parent[row]] += files[row];
  }
  return { names, parent, end, bytes, files, colours, smaller, least, rows };
})();

const isFolder = (row) => tree.colours[row] === FOLDER;

/** The nodes right below a folder, largest first. */
function childrenOf(row) {
  const found = [];
  for (let child = row + 1; child < tree.end[row]; child = tree.end[child]) found.push(child);
  return found.sort((one, other) => tree.bytes[other] - tree.bytes[one]);
}

/** Past folders that hold nothing but one folder: their frames are one. */
function deepest(row) {
  let at = row;
  for (let child = at + 1; isFolder(child) && tree.end[child] === tree.end[at]; child = at + 1) at = child;
  return at;
}

/** Folders from the root down to the node itself. */
function chainOf(row) {
  const chain = [];
  for (let at = row; at >= 0; at = tree.parent[at]) chain.unshift(at);
  return chain;
}

function nameOf(row) {
  if (tree.colours[row] === SMALLER) return `${tree.files[row].toLocaleString("en")} smaller`;
  return row === 0 ? "/" : tree.names[row];
}

const pathOf = (row) => (row === 0 ? "/" : `/${chainOf(row).slice(1).map(nameOf).join("/")}`);

/** The folder or file at a path; -1 where there is none. */
function rowAt(path) {
  let row = 0;
  for (const name of path.split("/").filter(Boolean)) {
    row = childrenOf(row).find((child) => tree.colours[child] !== SMALLER && tree.names[child] === name) ?? -1;
    if (row < 0) return -1;
  }
  return row;
}

/** Add the bytes of each colour, in and below some rows, to `sums`. */
function addColours(rows, sums) {
  for (const row of rows) {
    for (let at = row; at < tree.end[row]; at += 1) {
      const colour = tree.colours[at];
      if (colour >= 0) sums[colour] += tree.bytes[at];
      else if (colour === SMALLER) {
        const parts = tree.smaller[at];
        for (let part = 1; part < parts.length; part += 1) sums[parts[part][0]] += parts[part][1];
      }
    }
  }
  return sums;
}

/** The bytes of each colour in and below a row. */
const sumsOf = (row) => addColours([row], noColours());

const noColours = () => new Float64Array(report.colours.length);
const allColours = addColours([0], noColours());
