// The layers as a waterfall: each bar begins where the one below ends, and its wasted part is hatched.

function drawLayers() {
  if (!image.layers.length) byId("layers-panel").hidden = true;
  let below = 0;
  image.layers.forEach(([added, visible], layer) => {
    const bar = element("div", "fall", { "aria-hidden": "true" });
    const part = (className, start, bytes) => {
      if (!bytes) return;
      const made = element("i", className, { "data-hue": className === "wasted" ? "waste" : hueOfLayer(layer) });
      made.style.left = `${(100 * start) / image.total}%`;
      made.style.width = `max(1.5px, ${(100 * bytes) / image.total}%)`;
      bar.append(made);
    };
    part("seen", below, visible);
    part("wasted", below + visible, added - visible);
    below += added;
    const text = `${layer + 1}${layer < image.base.layers ? " base" : ""}`;
    const label = `Layer ${layer + 1}: ${detailOf(layer)}`;
    const button = element("button", "layer", { type: "button", "aria-label": label }, text);
    liftsOut(button, layerFilter(layer));
    const cells = [added, visible, added - visible].map((bytes) =>
      element("td", bytes ? "number" : "number none", {}, bytes ? size(bytes) : "0"),
    );
    const head = element("th", "", { scope: "row" }, button);
    const title = instructionOf(layer)?.text || null;
    byId("layers").append(element("tr", "", { title }, head, element("td", "track", {}, bar), ...cells));
  });
}
