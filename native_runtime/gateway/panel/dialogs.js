// Questions before what cannot be undone, and details that need room.
import { h } from "./dom.js";

const ask = document.getElementById("ask");
const details = document.getElementById("details");

/** Ask; resolves to true only if the person said yes. `verb` names the deed on its button, red unless it is harmless. */
export function confirmed(title, text, verb, { isHarmless = false } = {}) {
  ask.querySelector("h2").textContent = title;
  ask.querySelector("p").textContent = text;
  const yes = ask.querySelector("button[value=yes]");
  yes.textContent = verb;
  yes.className = isHarmless ? "button primary" : "button danger solid";
  ask.returnValue = "no";
  ask.showModal();
  return new Promise((resolve) => {
    ask.addEventListener("close", () => resolve(ask.returnValue === "yes"), { once: true });
  });
}

/** Close whatever details are open: they belong to another view. */
export const closeDetails = () => details.close();

/** Show facts (`[[term, text]]`) and blocks of text (`[[title, text]]`). */
export function showDetails(title, facts, blocks) {
  details.querySelector("h2").textContent = title;
  details.querySelector("#details-body").replaceChildren(factList(facts), ...blocks.map(([name, text]) => block(name, text)).filter(Boolean));
  details.showModal();
}

export function factList(facts) {
  const rows = facts.filter(([, text]) => text !== null && text !== undefined && text !== "");
  return h("dl", { class: "fact-list" }, ...rows.map(([term, text]) =>
    h("div", {}, h("dt", { text: term }), h("dd", { text: String(text) }))));
}

/** Preformatted text that can be scrolled by keyboard; nothing for empty text. */
export function block(name, text) {
  if (!text) return null;
  return h("section", { class: "block" },
    h("h3", { text: name }),
    h("pre", { tabindex: "0", role: "region", "aria-label": name, text }));
}
