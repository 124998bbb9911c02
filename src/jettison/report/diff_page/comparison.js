// The comparison, and how the shared parts of the page speak of its bytes: with a sign.

const diff = report;
const [SHAPE, SIGN, OLD_INSTRUCTION, NEW_INSTRUCTION, OLD_PACKAGE, NEW_PACKAGE] = [0, 1, 2, 3, 4, 5];

/** "+5 MB", "−380 MB", "0 B". */
const signed = (bytes) => `${bytes > 0 ? "+" : bytes < 0 ? "−" : ""}${size(Math.abs(bytes))}`;

/** What came and what went of sums of bytes by colour. */
function gains(sums) {
  const found = { came: 0, went: 0 };
  sums.forEach((sum, colour) => {
    if (diff.colours[colour][SIGN] < 0) found.went += sum;
    else found.came += sum;
  });
  return found;
}

const told = {
  weight(sums) {
    const { came, went } = gains(sums);
    return signed(came - went);
  },
  share: () => "",
  nothing: "No file grew or shrank.",
  files: (number) => count(number, "changed file"),
  more(sums) {
    const { came, went } = gains(sums);
    const both = came && went ? [`${signed(came)} and ${signed(-went)}`] : [];
    const names = new Set(diff.colours.filter((_, colour) => sums[colour]).map(ownersOf));
    if (names.size > 1) return [...both, `${names.size} instructions`];
    return view.lens === instructionLens ? both : [...both, ...names];
  },
};

/** Whose a colour is: what it belongs to now, or where it is gone, what it belonged to. */
const ownerOf = (colour, old, now) => (colour[now] < 0 ? colour[old] : colour[now]);

function instructionName(number) {
  const [text] = diff.instructions[number] ?? [count(diff.more.instructions, "other instruction")];
  return shortened(text, 90);
}

function packageName(number) {
  const [name] = diff.packages[number] ?? [count(diff.more.packages, "other package")];
  return name || "(no package)";
}

const ownersOf = (colour) => instructionName(ownerOf(colour, OLD_INSTRUCTION, NEW_INSTRUCTION));
