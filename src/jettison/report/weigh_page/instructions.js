// The instructions with their weights in the margin. The base image's are one row, which opens.

/** What is a smaller part of the image is the noise of package databases. */
const LEAST_HIDDEN = 1000;

function layerRow(text, { bytes, ballast, hidden = 0, line, hue, filter, layered }) {
  const meter = element("span", "meter", { "aria-hidden": "true" });
  const fill = element("i", "", { "data-hue": hue });
  fill.style.width = `${(100 * bytes) / image.total}%`;
  meter.append(fill);
  const note = (told) => element("span", "ballast", {}, told);
  const hides = hidden > image.total / LEAST_HIDDEN ? note(`hides ${size(hidden)} of earlier layers`) : null;
  const notes = [ballast ? note(`${size(ballast)} ballast`) : null, hides];
  return instructionRow({ weight: layered ? size(bytes) : "", meter: layered && bytes ? meter : null, line, text, notes, filter });
}

const layerFilter = (layer) =>
  colourFilter(`layer ${layer}`, placeOf(layer), ([other]) => other === layer);

function drawInstructions() {
  const list = byId("instructions");
  const base = image.instructions.filter((each) => each.base);
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  const row = (each) =>
    layerRow(each.text || "(the history does not tell)", {
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
    const from = layerRow(`FROM ${image.base.name || "(base image)"}`, {
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
