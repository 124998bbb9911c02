// The image that is weighed, and how the shared parts of the page speak of its bytes.

const image = report;

/** How sums of bytes, by colour, are told; what a tile's row stands for; what else is said of a tile. */
const told = {
  weight: (sums) => size(sums.reduce((all, sum) => all + sum, 0)),
  share: (bytes) => `${share(bytes, image.total)} of the image`,
  nothing: "No file has any content.",
  files: (number) => count(number, "file"),
  more(sums) {
    const places = new Set(image.colours.filter((_, colour) => sums[colour]).map(([layer]) => detailOf(layer)));
    if (places.size > 1) return [`${places.size} instructions`];
    return view.lens === instructionLens ? [] : [...places];
  },
};

const instructionsByLayer = new Map(image.instructions.map((each) => [each.layer, each]));

/** The instruction that made a layer. */
const instructionOf = (layer) => instructionsByLayer.get(layer);

/** How the instruction of a layer is called, also one of a base image whose Dockerfile is known. */
function detailOf(layer) {
  const { base, image: from, line, text } = instructionOf(layer) ?? {};
  return base && from && line ? `line ${line} of ${from}, ${shortened(text, 90)}` : placeOf(layer);
}

/** How an instruction is called where there is little room. */
function placeOf(layer) {
  if (layer < image.base.layers) return image.base.name ? `base image ${image.base.name}` : "base image";
  const { line, text } = instructionOf(layer) ?? { text: "" };
  return `${line ? `line ${line}, ` : ""}${shortened(text || `layer ${layer + 1}`, 90)}`;
}
