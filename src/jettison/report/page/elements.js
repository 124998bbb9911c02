// Making elements. Whatever comes from an image becomes text, never markup: there is no innerHTML anywhere.

const byId = (id) => document.getElementById(id);

/** An element with a class, attributes and children; strings become text, null is left out. */
function element(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Two elements beside each other need the space for those who copy or hear the text. */
const space = () => document.createTextNode(" ");

/** Tell those who cannot see it what changed. */
function say(text) {
  byId("said").textContent = text;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/** Three significant digits in decimal units, as on the terminal: "812 MB". */
function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** "12 %", and honest about what is too small for a whole one. */
function share(part, whole) {
  if (!whole || !part) return "0 %";
  const percent = (100 * part) / whole;
  if (percent < 0.1) return "< 0.1 %";
  if (percent >= 99.5 && part < whole) return "> 99 %";
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** "1 file", "12,737 files". */
const count = (number, noun, plural = `${noun}s`) => `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;

/** The beginning of a text. */
const shortened = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
