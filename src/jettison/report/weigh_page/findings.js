// What to change, largest first, and what else was noticed: packages, files that look like secrets, what was not read.

const FIRST_FINDINGS = 6;
const FIRST_PACKAGES = 12;

/** Where it was that a finding's bytes became useless, if that was somewhere else; what leaves with a base leaves anyway. */
const uselessBy = ({ by, base }) => (by === null || base ? "" : placeOf(by));

/** Findings that one change settles in one place are told together: largest sum first. */
function actions() {
  const found = new Map();
  for (const each of image.findings) {
    const key = JSON.stringify([each.change, placeOf(each.layer), uselessBy(each)]);
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(each);
  }
  const saved = (findings) => findings.reduce((sum, { saves }) => sum + saves, 0);
  return [...found.values()].sort((one, other) => saved(other) - saved(one));
}

/** The findings of one cause: what lifts their bytes out. */
function findingButton(findings, alone) {
  const [{ cause, title }] = findings;
  const number = image.causes.findIndex(([name]) => name === cause);
  const layers = new Set(findings.map(({ layer }) => layer));
  const filter = colourFilter(
    `finding ${cause} ${[...layers]}`,
    title,
    ([layer, other]) => layers.has(layer) && other === number,
  );
  const hue = lenses[0].sorted.find(({ key }) => key === cause)?.hue ?? "other";
  const dot = element("i", "dot", { "data-hue": hue, "aria-hidden": "true" });
  const bytes = findings.reduce((sum, each) => sum + each.size, 0);
  const weight = alone ? null : element("span", "weight", {}, size(bytes));
  const button = element("button", "finding", { type: "button" }, dot, title, space(), weight);
  liftsOut(button, filter);
  return button;
}

function actionItem(findings) {
  const [first] = findings;
  const sum = (values) => values.reduce((all, value) => all + value, 0);
  const saves = sum(findings.map((each) => each.saves));
  const bytes = sum(findings.map((each) => each.size));
  const causes = [...new Set(findings.map(({ cause }) => cause))];
  const ofCause = (cause) => findings.filter((each) => each.cause === cause);
  const buttons = causes.map((cause) => findingButton(ofCause(cause), causes.length === 1));
  const by = uselessBy(first) && `, made useless by ${uselessBy(first)}`;
  const files = count(sum(findings.map((each) => each.files)), "file");
  const largest = first.paths.map(([path, pathBytes]) => `${path} (${size(pathBytes)})`).join("\n");
  return element(
    "li",
    saves ? "" : "kept",
    {},
    element("span", "saves", {}, saves ? size(saves) : `(${size(bytes)})`),
    space(),
    element("div", "whats", {}, ...buttons),
    element("p", "where", { title: largest }, `${files} of ${placeOf(first.layer)}${by}`),
    element("p", "change", {}, element("code", "", {}, first.change)),
  );
}

function drawFindings() {
  const findings = byId("findings");
  const items = actions().map(actionItem);
  findings.append(...items.slice(0, FIRST_FINDINGS));
  if (!items.length) findings.append(element("li", "nothing", {}, "No ballast was found."));
  if (items.length > FIRST_FINDINGS) {
    const rest = items.slice(FIRST_FINDINGS);
    const summary = element("summary", "", {}, `${rest.length} more`);
    findings.after(element("details", "", {}, summary, element("ol", "findings", {}, ...rest)));
  }
}

function drawPackages() {
  if (!image.packages.length) byId("packages-panel").hidden = true;
  const [, , most] = image.packages[0] ?? [];
  for (const [name, ecosystem, bytes, layer] of image.packages.slice(0, FIRST_PACKAGES)) {
    const fill = element("i", "", { "data-hue": hueOfLayer(layer) });
    fill.style.width = `${(100 * bytes) / most}%`;
    const cells = [
      element("th", "", { scope: "row", title: detailOf(layer) }, name),
      element("td", "kind", {}, ecosystem),
      element("td", "track", { "aria-hidden": "true" }, element("span", "meter", {}, fill)),
      element("td", "number", {}, size(bytes)),
    ];
    byId("packages").append(element("tr", "", {}, ...cells));
  }
}

function drawNotes() {
  if (!image.secrets.length) byId("secrets-panel").hidden = true;
  for (const [path, kind, layer, isHidden] of image.secrets) {
    const hidden = isHidden ? ", hidden by a later layer but still in the image" : "";
    byId("secrets").append(
      element("li", "", {}, element("code", "", {}, path), ` ${kind}${hidden} (${detailOf(layer)})`),
    );
  }
  const unread = count(image.unread.length, "place");
  const notices = image.unread.length ? [`Incomplete: ${unread} could not be read. ${image.unread.join("; ")}`] : [];
  notices.push(...image.remarks.map((remark) => `Note: ${remark}.`));
  byId("notices").hidden = !notices.length;
  byId("notices").textContent = notices.join(" ");
}

function drawSummary() {
  byId("name").textContent = image.name;
  byId("facts").textContent = [image.platform, image.id.replace(/^sha256:(.{12}).*/, "$1")].filter(Boolean).join(" · ");
  const headline = byId("headline");
  headline.append(element("strong", "", {}, size(image.total)));
  if (image.ballast) {
    const part = share(image.ballast, image.total);
    headline.append(", of which ", element("strong", "much", {}, size(image.ballast)), ` (${part.replaceAll(" ", "\u00a0")}) is ballast`);
  } else {
    headline.append(image.total ? ", and no ballast found" : ": no file has any content");
  }
  const wasted = image.total - image.visible;
  const figures = [
    ["Hidden in layers", size(wasted)],
    ["Efficiency, as dive counts", `${(100 * image.efficiency).toFixed(1)} %`],
    ["Layers", String(image.layers.length)],
    ["Files", tree.files[0].toLocaleString("en")],
  ];
  byId("figures").append(
    ...figures.map(([name, value]) => element("div", "", {}, element("dt", "", {}, name), element("dd", "", {}, value))),
  );
  byId("made-of").hidden = !image.made_of;
  byId("made-of").append("After all changes ", element("strong", "", {}, size(image.predicted)), `: ${image.made_of}`);
}
