// Light or dark: the system's way, unless a person chose one in the status panel. Runs before the first paint.
(() => {
  const KEY = "native-runtime theme";

  function show() {
    const choice = localStorage.getItem(KEY);
    if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
  }

  addEventListener("storage", show); // the panel beside the photos changed it
  show();
})();
