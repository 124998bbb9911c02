// Above the map: the folders on the way to the one that is shown, the choice of the lens, and what its colours mean.

function drawCrumbs() {
  const items = chainOf(view.root).map((row, number, chain) => {
    const last = number === chain.length - 1;
    const made = element("button", "crumb", { type: "button", "aria-current": last && "location" }, nameOf(row));
    made.addEventListener("click", () => show(row));
    return made;
  });
  byId("crumbs").replaceChildren(...items, element("span", "crumb-size", {}, told.weight(sumsOf(view.root))));
}

/** What is kept lifted out, and the button that lets go of it; drawn apart, so that no other control loses the focus. */
let chipOf = null;
function drawChip() {
  if (chipOf === view.pinned) return;
  chipOf = view.pinned;
  const chip = byId("chip");
  chip.hidden = !chipOf;
  if (!chipOf) return;
  chip.setAttribute("aria-label", `Stop showing only ${chipOf.label}`);
  chip.replaceChildren(`only ${shortened(chipOf.label, 44)}`, element("span", "cross", { "aria-hidden": "true" }, "×"));
}

function drawLenses() {
  for (const each of lenses) {
    const input = element("input", "", { type: "radio", name: "lens", id: `lens-${each.name}`, value: each.name });
    input.checked = each === view.lens;
    input.addEventListener("change", () => useLens(each));
    byId("lenses").append(element("span", "", {}, input, element("label", "", { for: input.id }, each.title)));
  }
}

const LEGEND_CHIPS = 9;

/** The classes of the lens, as a bar that is the whole image and as chips. */
function drawLegend() {
  const { sorted, classes, name } = view.lens;
  const shown = sorted.slice(0, LEGEND_CHIPS);
  const rest = sorted.slice(LEGEND_CHIPS);
  if (rest.length) {
    const bytes = rest.reduce((sum, each) => sum + each.bytes, 0);
    shown.push({ label: `${rest.length} more`, hue: "other", bytes, keys: rest });
  }
  const bar = element("div", "bar", { "aria-hidden": "true" });
  const chips = shown.map((each) => {
    const members = each.keys ?? [each];
    const filter = colourFilter(`${name} ${each.label}`, each.label, (_, colour) => members.includes(classes[colour]));
    const part = element("i", "", { "data-hue": each.hue });
    part.style.flexGrow = String(each.bytes / (tree.bytes[0] || 1));
    bar.append(part);
    const chip = element(
      "button",
      "class",
      { type: "button", title: each.label },
      element("i", "dot", { "data-hue": each.hue, "aria-hidden": "true" }),
      element("span", "label", {}, shortened(each.label, 40)),
      space(),
      element("span", "weight", {}, told.weight(allColours.map((sum, colour) => (filter.colours[colour] ? sum : 0)))),
    );
    liftsOut(chip, filter);
    return chip;
  });
  byId("legend").replaceChildren(bar, element("div", "classes", {}, ...chips));
}

onChange((what) => {
  if (what === "root") drawCrumbs();
  if (what === "lifted") drawChip();
  if (what === "lens") {
    pin(null);
    drawLegend();
    byId(`lens-${view.lens.name}`).checked = true;
  }
});

byId("chip").addEventListener("click", () => pin(null));
