// The answer in one line, the numbers beside it, and what could not be read.

const KINDS = {
  added: "Added",
  removed: "Removed",
  changed: "Changed",
  metadata: "Mode or owner only",
  moved: "Moved",
};

/** "3 → 5", or one of them where both are the same. */
const fromTo = (old, now) => (old === now ? now : `${old} → ${now}`);

function drawSummary() {
  const { old, new: now, equal } = diff;
  byId("name").append(old.name, element("span", "arrow", {}, " → "), now.name);
  byId("facts").textContent = [old.id, now.id].map((id) => id.replace(/^sha256:(.{12}).*/, "$1")).join(" → ");
  for (const image of [old, now].filter(({ others }) => others.length)) {
    byId("facts").append(`; of ${image.name} ${image.platform} is compared, not ${image.others.join(", ")}`);
  }
  const headline = byId("headline");
  const by = now.size - old.size;
  if (equal && diff.ignored) {
    headline.append(element("strong", "", {}, "No difference"), " in what counts");
  } else if (equal) {
    headline.append(element("strong", "", {}, "No difference"), `: ${size(now.size)} in the same files, and the same settings`);
  } else if (!diff.lines.length) {
    headline.append(element("strong", "", {}, "The same files"), `, ${size(now.size)}, with other settings`);
  } else if (!by) {
    const paths = diff.counts.reduce((all, number) => all + number, 0);
    headline.append(element("strong", "", {}, "The same size"), `, ${size(now.size)}: ${count(paths, "path differs", "paths differ")}`);
  } else {
    headline.append(element("strong", by > 0 ? "much" : "", {}, signed(by)), ` of files: ${size(old.size)} → ${size(now.size)}`);
    const percent = old.size ? (100 * Math.abs(by)) / old.size : 0;
    if (percent >= 0.1) headline.append(` (${by > 0 ? "+" : "−"}${percent < 10 ? percent.toFixed(1) : Math.round(percent)}\u00a0%)`);
  }
  const kinds = diff.kinds.map((kind, number) => [KINDS[kind], diff.counts[number].toLocaleString("en"), !diff.counts[number]]);
  const figures = [...kinds, ["Layers", fromTo(old.layers, now.layers)], ["Settings", String(diff.settings.length + diff.more.settings)]];
  if (diff.ignored) figures.push(["Ignored", diff.ignored.toLocaleString("en"), false]);
  byId("figures").append(
    ...figures.map(([name, value, none]) =>
      element("div", none ? "none" : "", {}, element("dt", "", {}, name), element("dd", "", {}, String(value))),
    ),
  );
  if (diff.unread.length) {
    byId("unread").hidden = false;
    byId("unread").textContent = `Packages are compared incompletely: ${diff.unread.join("; ")}`;
  }
  if (!diff.lines.length) for (const id of ["board", "keys", "search-box"]) byId(id).hidden = true;
}
