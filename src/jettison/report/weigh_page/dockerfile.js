// The Dockerfile as it was written, with its weights in the margin; stages that the image is not made of are grey.

/** Of a longer instruction, a heredoc say, the other lines are shown while it is chosen. */
const FIRST_LINES = 12;

/** One line of the text: a keyword stands out, a comment steps back. */
function sourceCode(line, isFirst) {
  if (/^\s*#/.test(line)) return element("code", "comment", {}, line);
  const [, indent, keyword, rest] = (isFirst && /^(\s*)([A-Za-z]+)(.*)$/.exec(line)) || [null, "", "", line];
  return element("code", "", {}, indent, keyword ? element("b", "", {}, keyword) : null, rest);
}

/** Of `lines` those from `first` to `last` with what weighs in the margin; without a filter they are quiet. */
function sourceRow(lines, first, last, { margin = [], notes = [], filter = null, unused = false, isInstruction = true }) {
  const cells = [];
  for (let number = first; number <= last; number += 1) {
    const late = number - first >= FIRST_LINES ? " late" : "";
    const text = sourceCode(lines[number - 1], isInstruction && number === first);
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

/** All lines as items of a list; `made` are the instructions that made layers, `base` is what stands below the first FROM. */
function sourceItems({ lines, passages }, made, base = []) {
  const items = [];
  const add = (...parts) => items.push(element("li", "", {}, ...parts));
  const from = passages.find(([, , isFrom, inImage]) => isFrom && inImage)?.[0];
  let next = 1;
  const gap = (to) => {
    if (next < to) add(sourceRow(lines, next, to - 1, { isInstruction: false }));
  };
  for (const [first, last, , inImage] of passages) {
    gap(first);
    next = last + 1;
    const here = made.filter((each) => each.line === first && each.layer !== null);
    if (first === from && base.length) add(sourceRow(lines, first, last, weighed(baseWeight())), ...base);
    else if (here.length) add(sourceRow(lines, first, last, weighed(layerWeight(here))));
    else add(sourceRow(lines, first, last, { unused: !inImage }));
  }
  gap(lines.length + 1);
  return items;
}

/** The Dockerfiles of the base image and of what it stands on; each opens, the weights of its lines in the margin. */
function baseDockerfiles() {
  return image.base_dockerfiles.map((source) => {
    const made = image.instructions.filter((each) => each.base && each.image === source.image);
    const title = element("summary", "", { title: source.path }, `the Dockerfile of ${source.image}`);
    return element("details", "base", {}, title, element("ol", "", {}, ...sourceItems(source, made)));
  });
}

function drawDockerfile() {
  if (!image.dockerfile) return drawInstructions();
  const { path } = image.dockerfile;
  const name = path.split("/").at(-1);
  const file = name === "Dockerfile" ? [] : [element("span", "file", { title: path }, name)];
  byId("instructions-title").replaceChildren("Dockerfile", ...file);
  const own = image.instructions.filter((each) => !each.base);
  byId("instructions").append(...sourceItems(image.dockerfile, own, image.base.layers ? baseDetails() : []));
}
