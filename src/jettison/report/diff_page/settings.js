// The settings that differ, the old value above the new one.

function drawSettings() {
  if (!diff.settings.length) byId("settings-panel").hidden = true;
  for (const [what, old, now] of diff.settings) {
    const value = (name, sign, text) =>
      element("dd", name, {}, element("span", "sign", { "aria-hidden": "true" }, sign), element("code", "", {}, text));
    byId("settings").append(
      element(
        "div",
        "",
        {},
        element("dt", "", {}, what),
        old === null ? null : value("went", "−", old),
        now === null ? null : value("came", "+", now),
      ),
    );
  }
}
