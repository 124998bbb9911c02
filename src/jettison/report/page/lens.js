// Lenses: what the bytes are coloured by. Each sorts the colours of the data into classes with a hue and a title.
//
// Hues are those of page.css. Neighbours differ in lightness too, and what is wasted is hatched, so that nobody needs to
// tell red from green.

const HUES = ["orange", "blue", "green", "yellow", "purple", "sky", "brown"];

/** A lens from the key and title of each colour; `hueOf` may leave hues to be handed out by size. */
function lens(name, title, classOf, hueOf) {
  const found = new Map();
  const classes = report.colours.map((colour, number) => {
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

/** The class that has most of the bytes, and which part of them. */
function dominant(shown, sums) {
  const bytes = new Map();
  let best = null;
  let all = 0;
  for (let colour = 0; colour < sums.length; colour += 1) {
    const sum = sums[colour];
    if (!sum) continue; // as most are, in a tile of an image of many layers
    const each = shown.classes[colour];
    all += sum;
    bytes.set(each, (bytes.get(each) ?? 0) + sum);
    if (best === null || bytes.get(each) > bytes.get(best)) best = each;
  }
  return best && { hue: best.hue, label: best.label, part: bytes.get(best) / all };
}
