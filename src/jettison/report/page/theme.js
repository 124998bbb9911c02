// Light and dark: as the system has it, until somebody switches. The choice is kept where the browser allows it.

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";

function useTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const other = isDark() ? "light" : "dark";
  byId("theme").setAttribute("aria-label", `Use ${other} colours`);
  byId("theme").title = `Use ${other} colours`;
  byId("theme").textContent = isDark() ? "☀" : "☾";
}

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  useTheme(theme);
  try {
    localStorage.setItem("jettison-theme", theme);
  } catch {
    // a page from disk may not be allowed to keep anything
  }
});
systemDark.addEventListener("change", () => useTheme());

function keptTheme() {
  try {
    return localStorage.getItem("jettison-theme");
  } catch {
    return null;
  }
}
