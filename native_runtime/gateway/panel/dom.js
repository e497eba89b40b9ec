// Elements: made from data without ever parsing it as HTML, and changed only where they differ.

/**
 * Make an element. `props`: `class`, `text`, `on: {event: handler}`, `data: {key: value}`, else attributes.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "on") for (const [type, handler] of Object.entries(value)) node.addEventListener(type, handler);
    else if (key === "data") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Change the text only if it differs, so that selections and screen readers are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setData(node, key, value) {
  if (node.dataset[key] !== value) node.dataset[key] = value;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function setLabel(node, label) {
  if (node.getAttribute("aria-label") !== label) node.setAttribute("aria-label", label);
}

/**
 * Make `parent` show `items` in order. A part, `{node, update(item)}`, is made once per key and kept,
 * so focus, open details and scroll stay where they are.
 */
export function keyed(parent, items, keyOf, create) {
  const parts = (parent.parts ??= new Map());
  const wanted = new Set(items.map(keyOf));
  for (const [key, part] of parts) {
    if (!wanted.has(key)) {
      part.node.remove();
      parts.delete(key);
    }
  }
  const ours = new Set([...parts.values()].map((part) => part.node));
  let place = parent.firstElementChild;
  while (place && !ours.has(place)) place = place.nextElementSibling; // a caption or header before them
  for (const item of items) {
    const key = keyOf(item);
    if (!parts.has(key)) parts.set(key, create(item));
    const part = parts.get(key);
    part.update(item);
    if (part.node === place) place = place.nextElementSibling;
    else parent.insertBefore(part.node, place); // moved only when it must: moving loses the focus
  }
}

/** A button that does `act` and is busy meanwhile. `label` names it for screen readers when the text is not enough. */
export function button(text, act, { kind = "", label, title } = {}) {
  const node = h("button", { type: "button", class: `button ${kind}`.trim(), "aria-label": label, title, text });
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    node.setAttribute("aria-busy", "true");
    try {
      await act();
    } finally {
      node.removeAttribute("aria-busy");
    }
  });
  return node;
}

/**
 * A table, or with `role` grid one that arrows lead through. `columns`: `{text, class}`, or `{name}` for one that only
 * screen readers are told of. Roles are spelled out because styles turn rows into grids, and on narrow screens into cards.
 */
export function table(caption, columns, role = "table") {
  const head = h("tr", { role: "row" }, ...columns.map((column) =>
    h("th", { scope: "col", role: "columnheader", class: column.class }, column.text
      ? document.createTextNode(column.text)
      : h("span", { class: "sr", text: column.name }))));
  return h("table", { role },
    h("caption", { class: "sr", text: caption }),
    h("thead", { role: "rowgroup" }, head));
}

/** A cell; `label` is its column's name, shown where the header is not. */
export function cell(label, props = {}, ...children) {
  return h("td", { role: "cell", "data-label": label, ...props }, ...children);
}

/** The same in a grid that arrows lead through. */
export const gridCell = (label, props = {}, ...children) => cell(label, { role: "gridcell", ...props }, ...children);

/** What stands where there is nothing to show. */
export function emptiness(title, text) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title", text: title }), h("p", { text }));
}
