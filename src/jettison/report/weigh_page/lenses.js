// The lenses of an image: by cause, instruction, category, and whether the program needs it.

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
const layerHues = new Map(instructionLens.sorted.map(({ key, hue }) => [key, hue]));

/** The hue of an instruction, the same in the list, the layers and the map. */
function hueOfLayer(layer) {
  const key = layer < image.base.layers ? -1 : layer;
  return layerHues.get(key) ?? "other";
}
