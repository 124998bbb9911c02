// Beside the pointer: what the tile under it is. Whoever uses keys reads the same below the map.

const tip = element("div", "tip", { "aria-hidden": "true", hidden: true });
document.body.append(tip);
let tipOf = null;

function hideTip() {
  tip.hidden = true;
  tipOf = null;
}

function showTip(tile, { clientX, clientY }) {
  if (tile !== tipOf) {
    const [where, weight, ...rest] = tileText(tile);
    const lines = [[weight, ...rest.slice(0, -1)], [...rest.slice(-1), ...told.more(tile.sums)]];
    tip.replaceChildren(
      element("b", "", {}, where),
      ...lines.filter(({ length }) => length).map((line) => element("div", "", {}, line.join(" · "))),
    );
    tipOf = tile;
  }
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = clientX + 14 + width > innerWidth ? clientX - 14 - width : clientX + 14;
  const top = clientY + 18 + height > innerHeight ? clientY - 12 - height : clientY + 18;
  tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
}

treemap.addEventListener("pointermove", (event) => {
  const tile = event.pointerType === "touch" ? null : tileOf(event.target);
  if (tile) showTip(tile, event);
  else hideTip();
});
treemap.addEventListener("pointerleave", hideTip);
addEventListener("keydown", hideTip, { capture: true });
onChange((what) => what === "root" && hideTip());
