// Whose bytes came and went: instructions and packages, those with the largest differences first.

const FIRST_PACKAGES = 14;

/** "+120 −3 ~7": paths that came, that went, that are different. */
function counted([came, went, different]) {
  const parts = [
    ["came", "+", came],
    ["went", "−", went],
    ["different", "~", different],
  ].filter(([, , number]) => number);
  return element("span", "counted", {}, ...parts.map(([name, sign, number]) => element("i", name, {}, `${sign}${number.toLocaleString("en")} `)));
}

/** A bar to the right of the middle for what came, to the left for what went; `most` fills a half. */
function balance(bytes, most, hue) {
  const meter = element("span", "balance", { "aria-hidden": "true" });
  const fill = element("i", bytes < 0 ? "went" : "came", { "data-hue": hue });
  fill.style.width = `${(50 * Math.abs(bytes)) / (most || 1)}%`;
  if (bytes) meter.append(fill);
  return meter;
}

function drawInstructionChanges() {
  const most = Math.max(...diff.instructions.map(([, bytes]) => Math.abs(bytes)), 0);
  const list = byId("instructions");
  diff.instructions.forEach(([text, bytes, ...paths], number) => {
    const filter = ownerFilter("instruction", instructionName(number), number, OLD_INSTRUCTION, NEW_INSTRUCTION);
    const meter = balance(bytes, most, hueOf(instructionLens, number));
    list.append(element("li", "", {}, instructionRow({ weight: element("span", "weight", {}, signed(bytes)), meter, text, notes: [counted(paths)], filter })));
  });
  if (diff.more.instructions) {
    list.append(element("li", "rest", {}, `… and ${count(diff.more.instructions, "more")} with smaller differences`));
  }
}

/** "1.2 → 1.3", "1.3 (new)", "1.2 (gone)". */
function versionText(old, now) {
  if (old === now) return now;
  if (old && now) return `${old} → ${now}`;
  return now ? `${now} (new)` : `${old} (gone)`;
}

function drawPackageChanges() {
  const rows = byId("packages");
  if (!diff.packages.some(([name]) => name)) byId("packages-panel").hidden = true;
  const most = Math.max(...diff.packages.map(([, , , , bytes]) => Math.abs(bytes)), 0);
  const row = ([name, ecosystem, old, now, bytes, ...paths], number) => {
    const label = packageName(number);
    const button = element("button", "owner", { type: "button", title: `${label} ${versionText(old, now)}` }, label);
    liftsOut(button, ownerFilter("package", label, number, OLD_PACKAGE, NEW_PACKAGE));
    return element(
      "tr",
      "",
      {},
      element("td", "number", {}, signed(bytes)),
      element("td", "track", { "aria-hidden": "true" }, balance(bytes, most, hueOf(packageLens, number))),
      element("th", "", { scope: "row" }, button, space(), element("span", "version", {}, name ? versionText(old, now) : "")),
      element("td", "kind", {}, ecosystem),
      element("td", "number", {}, counted(paths)),
    );
  };
  const show = moreOf(diff.packages.length, FIRST_PACKAGES, byId("packages-rest"), diff.more.packages, (from, to) =>
    rows.append(...diff.packages.slice(from, to).map((each, at) => row(each, from + at))),
  );
  show();
}
