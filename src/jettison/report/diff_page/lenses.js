// The lenses of a comparison: by what became of the files, by instruction, by package. What came is warm, what went is cold.

const SHAPES = {
  added: ["added", "orange"],
  grew: ["grew", "yellow"],
  replaced: ["replaced, same size", "other"],
  metadata: ["mode, owner or names", "other"],
  moved: ["moved", "purple"],
  shrank: ["shrank", "sky"],
  removed: ["removed", "blue"],
};

const lenses = [
  lens(
    "change",
    "Change",
    (colour) => ({ key: colour[SHAPE], label: SHAPES[diff.shapes[colour[SHAPE]]][0] }),
    (key) => SHAPES[diff.shapes[key]][1],
  ),
  lens(
    "instruction",
    "Instruction",
    (colour) => {
      const key = ownerOf(colour, OLD_INSTRUCTION, NEW_INSTRUCTION);
      return { key, label: instructionName(key) };
    },
    () => undefined,
  ),
  lens(
    "package",
    "Package",
    (colour) => {
      const key = ownerOf(colour, OLD_PACKAGE, NEW_PACKAGE);
      return { key, label: packageName(key) };
    },
    (key) => (diff.packages[key]?.[0] === "" ? "plain" : undefined),
  ),
];

const instructionLens = lenses[1];
const packageLens = lenses[2];

/** The hue of an instruction or a package, the same in its list and in the map. */
const hueOf = (shown, key) => shown.sorted.find((each) => each.key === key)?.hue ?? "other";

/** What lifts out all files that belong, or belonged, to one. */
const ownerFilter = (owner, label, number, old, now) =>
  colourFilter(`${owner} ${number}`, label, (colour) => colour[old] === number || colour[now] === number);
