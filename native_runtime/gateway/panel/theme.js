// The theme: the system's, unless a person chose one. Runs before the first paint.
(() => {
  const KEY = "native-runtime theme";
  const CHOICES = ["system", "light", "dark"];
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return CHOICES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : "system";
    } catch {
      return "system"; // storage is closed to us: an embedded page in a strict browser
    }
  }

  function show() {
    const choice = chosen();
    const isDark = choice === "dark" || (choice === "system" && systemIsDark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) button.querySelector("[data-choice]").textContent = choice;
  }

  function next() {
    try {
      localStorage.setItem(KEY, CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]);
    } catch {
      // Nothing to keep it in.
    }
    show();
  }

  if (new URLSearchParams(location.search).has("embed")) document.documentElement.dataset.embed = "";
  systemIsDark.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", next);
    show();
  });
  show();
})();
