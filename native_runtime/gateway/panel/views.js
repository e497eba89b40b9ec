// Which view is open: the address says it, as #failed or #logs/encode.
import { setHidden } from "./dom.js";

const NAMES = ["overview", "jobs", "batches", "failed", "crashes", "logs", "config"];

/** `onOpen()` is called when another view, or another thing in it, was opened. */
export function createViews(onOpen) {
  const places = new Map(); // how far each view was scrolled
  const views = {
    name: "overview",
    argument: "",
    /** What its tab says. */
    get title() {
      return document.querySelector(".tabs a[aria-current]").firstChild.textContent.trim();
    },
    go(name, argument) {
      location.replace(`#${name}/${encodeURIComponent(argument)}`); // choosing among logs leaves no trail of them
    },
    open() {
      const [name, argument = ""] = location.hash.slice(1).split("/");
      if (name && !NAMES.includes(name)) return; // another place on the page, such as #main
      places.set(views.name, scrollY);
      [views.name, views.argument] = [name || "overview", decoded(argument)];
      for (const section of document.querySelectorAll("[data-view]")) setHidden(section, section.dataset.view !== views.name);
      for (const link of document.querySelectorAll(".tabs a")) showTab(link, link.hash === `#${views.name}`);
      onOpen();
      scrollTo({ top: places.get(views.name) ?? 0, behavior: "instant" });
    },
  };
  addEventListener("hashchange", () => views.open());
  return views;
}

function showTab(link, isCurrent) {
  if (!isCurrent) {
    link.removeAttribute("aria-current");
    return;
  }
  link.setAttribute("aria-current", "page");
  const tabs = link.closest("ul");
  tabs.scrollLeft = link.offsetLeft - (tabs.clientWidth - link.offsetWidth) / 2;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody has typed a % of their own
  }
}
