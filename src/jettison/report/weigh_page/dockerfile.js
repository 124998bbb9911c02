// The Dockerfile as it was written, with its weights in the margin; stages that the image is not made of are grey.

/** Of a longer instruction, a heredoc say, the other lines are shown while it is chosen. */
const FIRST_LINES = 12;

/** One line of the text: a keyword stands out, a comment steps back. */
function sourceCode(line, isFirst) {
  if (/^\s*#/.test(line)) return element("code", "comment", {}, line);
  const [, indent, keyword, rest] = (isFirst && /^(\s*)([A-Za-z]+)(.*)$/.exec(line)) || [null, "", "", line];
  return element("code", "", {}, indent, keyword ? element("b", "", {}, keyword) : null, rest);
}

/** The lines from `first` to `last` with what weighs in the margin; without a filter they are quiet. */
function sourceRow(first, last, { margin = [], notes = [], filter = null, unused = false, isInstruction = true }) {
  const cells = [];
  for (let number = first; number <= last; number += 1) {
    const late = number - first >= FIRST_LINES ? " late" : "";
    const text = sourceCode(image.dockerfile.lines[number - 1], isInstruction && number === first);
    text.className += late;
    cells.push(element("span", `line${late}`, { "aria-hidden": "true" }, String(number)), text);
  }
  const hidden = last - first + 1 - FIRST_LINES;
  if (hidden > 0) cells.push(element("span", "note early", {}, `… ${count(hidden, "more line")}`));
  cells.push(...notes.filter(Boolean).map((note) => element("span", "note", {}, note)));
  const side = element("span", "margin", {}, ...margin);
  const kind = `instruction source${filter ? "" : " quiet"}${unused ? " unused" : ""}`;
  if (!filter) return element("div", kind, { title: unused && "the image is not made of this stage" }, side, ...cells);
  const row = element("button", kind, { type: "button" }, side, space(), ...cells);
  liftsOut(row, filter);
  return row;
}

function drawDockerfile() {
  if (!image.dockerfile) return drawInstructions();
  const { path, lines, passages } = image.dockerfile;
  const name = path.split("/").at(-1);
  const file = name === "Dockerfile" ? [] : [element("span", "file", { title: path }, name)];
  byId("instructions-title").replaceChildren("Dockerfile", ...file);
  const list = byId("instructions");
  const add = (...parts) => list.append(element("li", "", {}, ...parts));
  const from = passages.find(([, , isFrom, inImage]) => isFrom && inImage)?.[0];
  let next = 1;
  const gap = (to) => {
    if (next < to) add(sourceRow(next, to - 1, { isInstruction: false }));
  };
  for (const [first, last, , inImage] of passages) {
    gap(first);
    next = last + 1;
    const made = image.instructions.filter((each) => !each.base && each.line === first && each.layer !== null);
    if (first === from && image.base.layers) add(sourceRow(first, last, weighed(baseWeight())), baseDetails());
    else if (made.length) add(sourceRow(first, last, weighed(layerWeight(made))));
    else add(sourceRow(first, last, { unused: !inImage }));
  }
  gap(lines.length + 1);
}
