// Lenses: what the bytes are coloured by. Each sorts the colours of the data into classes with a hue and a title.
//
// Hues are those of page.css. Neighbours differ in lightness too, and what is wasted is hatched, so that nobody needs to
// tell red from green.

const HUES = ["orange", "blue", "green", "yellow", "purple", "sky", "brown"];
const CATEGORY_HUES = {
  "base system": "plain",
  "language runtime": "blue",
  "tool chain": "orange",
  dependencies: "green",
  "dependency caches": "yellow",
  sources: "purple",
  application: "sky",
  data: "brown",
  hidden: "waste",
};

const NEEDS = {
  yes: ["the program needs it", "green"],
  no: ["the program does not need it", "orange"],
  unknown: ["nobody knows", "plain"],
};

/** A lens from the key and title of each colour; `hueOf` may leave hues to be handed out by size. */
function lens(name, title, classOf, hueOf) {
  const found = new Map();
  const classes = image.colours.map((colour, number) => {
    const { key, label } = classOf(colour);
    if (!found.has(key)) found.set(key, { key, label, bytes: 0, hue: hueOf(key) });
    const known = found.get(key);
    known.bytes += allColours[number];
    return known;
  });
  const sorted = [...found.values()].sort((one, other) => other.bytes - one.bytes);
  const free = [...HUES];
  for (const each of sorted) each.hue ??= free.shift() ?? "other";
  return { name, title, classes, sorted };
}

const lenses = [
  lens(
    "cause",
    "Cause",
    ([, cause]) => ({ key: image.causes[cause][0], label: image.causes[cause][1] || "no known ballast" }),
    (key) => {
      if (!key) return "plain";
      return image.causes.find((cause) => cause[0] === key)[2] ? "waste" : undefined;
    },
  ),
  lens(
    "instruction",
    "Instruction",
    ([layer]) => ({ key: layer < image.base.layers ? -1 : layer, label: placeOf(layer) }),
    (key) => (key < 0 ? "plain" : undefined),
  ),
  lens(
    "category",
    "Category",
    ([, , category]) => ({ key: category, label: image.categories[category] }),
    (key) => CATEGORY_HUES[image.categories[key]],
  ),
  lens(
    "need",
    "Needed",
    ([, , , need]) => ({ key: need, label: NEEDS[image.needs[need]][0] }),
    (key) => NEEDS[image.needs[key]][1],
  ),
];

const instructionLens = lenses.find(({ name }) => name === "instruction");

/** The hue of an instruction, the same in the list, the layers and the map. */
function hueOfLayer(layer) {
  const key = layer < image.base.layers ? -1 : layer;
  return instructionLens.sorted.find((each) => each.key === key)?.hue ?? "other";
}

/** The class that has most of the bytes, and which part of them. */
function dominant(shown, sums) {
  const bytes = new Map();
  let best = null;
  let all = 0;
  sums.forEach((sum, colour) => {
    if (!sum) return;
    const each = shown.classes[colour];
    all += sum;
    bytes.set(each, (bytes.get(each) ?? 0) + sum);
    if (best === null || bytes.get(each) > bytes.get(best)) best = each;
  });
  return best && { hue: best.hue, label: best.label, part: bytes.get(best) / all };
}
