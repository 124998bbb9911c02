// The instructions with their weights in the margin. The base image's are one row, which opens.

/** What is a smaller part of the image is the noise of package databases. */
const LEAST_HIDDEN = 1000;

/** The text of an instruction: its keyword apart, and a new line before each && of a long one. */
function code(text) {
  const keyword = /^[A-Z]+(?= )/.exec(text)?.[0] ?? "";
  const rest = text.slice(keyword.length);
  const lines = rest.length > 60 ? rest.split(/ (?=&& )/) : [rest];
  const parts = lines.flatMap((line, number) => (number ? ["\n    ", line] : [line]));
  return element("code", "", {}, element("b", "", {}, keyword), ...parts);
}

function instructionRow(text, { bytes, ballast, hidden = 0, line, hue, filter, layered }) {
  const meter = element("span", "meter", { "aria-hidden": "true" });
  const fill = element("i", "", { "data-hue": hue });
  fill.style.width = `${(100 * bytes) / image.total}%`;
  meter.append(fill);
  const margin = element(
    "span",
    "margin",
    {},
    element("span", "weight", {}, layered ? size(bytes) : ""),
    layered && bytes ? meter : null,
  );
  const hides =
    hidden > image.total / LEAST_HIDDEN
      ? element("span", "ballast", {}, `hides ${size(hidden)} of earlier layers`)
      : null;
  const note = ballast ? element("span", "ballast", {}, `${size(ballast)} ballast`) : null;
  const number = element("span", "line", { "aria-hidden": "true" }, line ? String(line) : "");
  const body = element("span", "text", {}, code(text), space(), note, hides);
  if (!filter) return element("div", "instruction quiet", {}, margin, number, body);
  const row = element("button", "instruction", { type: "button" }, margin, space(), number, body);
  liftsOut(row, filter);
  return row;
}

const layerFilter = (layer) =>
  colourFilter(`layer ${layer}`, placeOf(layer), ([other]) => other === layer);

function drawInstructions() {
  const list = byId("instructions");
  const base = image.instructions.filter((each) => each.base);
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  const row = (each) =>
    instructionRow(each.text || "(the history does not tell)", {
      bytes: each.layer === null ? 0 : image.layers[each.layer][0],
      ballast: each.ballast,
      hidden: sum(image.findings.filter(({ by }) => by !== null && by === each.layer).map((found) => found.size)),
      line: each.line,
      hue: each.layer === null ? "plain" : hueOfLayer(each.layer),
      filter: each.layer !== null && image.layers[each.layer][0] ? layerFilter(each.layer) : null,
      layered: each.layer !== null,
    });
  if (image.base.layers) {
    const filter = colourFilter("base", placeOf(0), ([layer]) => layer < image.base.layers);
    const from = instructionRow(`FROM ${image.base.name || "(base image)"}`, {
      bytes: sum(image.layers.slice(0, image.base.layers).map(([added]) => added)),
      ballast: sum(base.map((each) => each.ballast)),
      line: null,
      hue: "plain",
      filter,
      layered: true,
    });
    const told = `what the base image tells: ${count(base.length, "instruction")}`;
    const rows = base.map((each) => element("li", "", {}, row(each)));
    const more = element("details", "base", {}, element("summary", "", {}, told), element("ol", "", {}, ...rows));
    list.append(element("li", "", {}, from, more));
  }
  list.append(...image.instructions.filter((each) => !each.base).map((each) => element("li", "", {}, row(each))));
}
