// What instructions weigh; and where there is no Dockerfile, those of the history. The base image's are one row, which opens.

/** What is a smaller part of the image is the noise of package databases. */
const LEAST_HIDDEN = 1000;

const sumOf = (values) => values.reduce((all, value) => all + value, 0);
const layerFilter = (layer) => colourFilter(`layer ${layer}`, placeOf(layer), ([other]) => other === layer);

/** What the instructions weigh that made some layers: one, but for odd Dockerfiles. */
function layerWeight(instructions) {
  const layers = instructions.map(({ layer }) => layer);
  const [first] = layers;
  const bytes = sumOf(layers.map((layer) => image.layers[layer][0]));
  return {
    bytes,
    ballast: sumOf(instructions.map((each) => each.ballast)),
    hidden: sumOf(image.findings.filter(({ by }) => by !== null && layers.includes(by)).map((found) => found.size)),
    hue: hueOfLayer(first),
    filter: bytes ? colourFilter(`layer ${first}`, detailOf(first), ([layer]) => layers.includes(layer)) : null,
  };
}

const baseInstructions = () => image.instructions.filter((each) => each.base);

function baseWeight() {
  return {
    bytes: sumOf(image.layers.slice(0, image.base.layers).map(([added]) => added)),
    ballast: sumOf(baseInstructions().map((each) => each.ballast)),
    hidden: 0,
    hue: "plain",
    filter: colourFilter("base", placeOf(0), ([layer]) => layer < image.base.layers),
  };
}

/** What fills a meter: the most that one instruction, or the base image, brought. */
const mostBytes = Math.max(baseWeight().bytes, ...image.layers.slice(image.base.layers).map(([added]) => added), 1);

/** A weight as the parts of a row. */
function weighed({ bytes, ballast, hidden, hue, filter }) {
  const fill = element("i", "", { "data-hue": hue });
  fill.style.width = `${Math.min(100, (100 * bytes) / mostBytes)}%`;
  const meter = element("span", "meter", { "aria-hidden": "true" }, fill);
  const note = (text) => element("span", "ballast", {}, text);
  return {
    margin: [element("span", "weight", {}, size(bytes)), bytes ? meter : null].filter(Boolean),
    notes: [
      ballast ? note(`${size(ballast)} ballast`) : null,
      hidden > image.total / LEAST_HIDDEN ? note(`hides ${size(hidden)} of earlier layers`) : null,
    ],
    filter,
  };
}

function historyRow({ text, line = null }, weight) {
  const parts = weight ? weighed(weight) : { margin: [], notes: [], filter: null };
  const [number, meter] = parts.margin;
  return instructionRow({ ...parts, weight: number, meter, line, text: text || "(the history does not tell)" });
}

const instructionOfHistory = (each) => historyRow(each, each.layer === null ? null : layerWeight([each]));

/** What opens below the base image: Dockerfiles, as far as they are known, and what else its history tells. */
function baseDetails() {
  const known = new Set(image.base_dockerfiles.map((each) => each.image));
  const base = baseInstructions().filter((each) => !each.image || !known.has(each.image));
  if (!base.length) return baseDockerfiles();
  const told = `what the base image tells: ${count(base.length, "instruction")}`;
  const rows = base.map((each) => element("li", "", {}, instructionOfHistory(each)));
  const list = element("details", "base", {}, element("summary", "", {}, told), element("ol", "", {}, ...rows));
  return [...baseDockerfiles(), list];
}

function drawInstructions() {
  const list = byId("instructions");
  if (image.base.layers) {
    const from = historyRow({ text: `FROM ${image.base.name || "(base image)"}` }, baseWeight());
    list.append(element("li", "", {}, from, ...baseDetails()));
  }
  const own = image.instructions.filter((each) => !each.base);
  list.append(...own.map((each) => element("li", "", {}, instructionOfHistory(each))));
}
