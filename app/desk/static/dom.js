/** Small helpers for building elements; data only ever becomes text, never markup. */

export const byId = (id) => document.getElementById(id);

/** `make("li", { className: "tile" }, child, "text")`. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

let toastTimer;

/** Says something in passing. */
export function toast(text) {
  const place = byId("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { place.hidden = true; }, 5000);
}

export const plural = (count, one, many) => `${count.toLocaleString()} ${count === 1 ? one : many}`;
