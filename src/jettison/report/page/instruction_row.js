// One instruction of a Dockerfile with its weight in the margin: the same in all reports.

/** The text of an instruction: its keyword apart, and a new line before each && of a long one. */
function code(text) {
  const keyword = /^[A-Z]+(?= )/.exec(text)?.[0] ?? "";
  const rest = text.slice(keyword.length);
  const lines = rest.length > 60 ? rest.split(/ (?=&& )/) : [rest];
  const parts = lines.flatMap((line, number) => (number ? ["\n    ", line] : [line]));
  return element("code", "", {}, element("b", "", {}, keyword), ...parts);
}

/** A row with a weight and a meter, which are elements, that lifts out what `filter` says, or where it is null a quiet one. */
function instructionRow({ weight, meter, line = null, text, notes = [], filter }) {
  const margin = element("span", "margin", {}, ...[weight, meter].filter(Boolean));
  const number = element("span", "line", { "aria-hidden": "true" }, line ? String(line) : "");
  const body = element("span", "text", {}, code(text), space(), ...notes);
  if (!filter) return element("div", "instruction quiet", {}, margin, number, body);
  const row = element("button", "instruction", { type: "button" }, margin, space(), number, body);
  liftsOut(row, filter);
  return row;
}
