/** The grid of thumbnails: one tile per photo, moved through with the arrow keys. */

import { make } from "./dom.js";

/** A tile; used by the grid and by the lookalikes. */
export function tile(photo) {
  const element = make(
    "li",
    { className: "tile", tabIndex: -1 },
    make("img", { src: `thumbnails/${photo.id}`, alt: "", loading: "lazy", decoding: "async", draggable: false }),
    make("span", { className: "name" }),
    make("span", { className: "note" }),
  );
  element.setAttribute("role", "option");
  element.setAttribute("aria-selected", "false");
  label(element, photo);
  return element;
}

function label(element, photo) {
  element.dataset.id = photo.id;
  element.title = photo.name;
  element.querySelector(".name").textContent = photo.name;
  element.querySelector(".note").textContent = photo.place ?? photo.taken?.slice(0, 10) ?? "";
}

export class Grid {
  #tiles = new Map();

  /** `open(id)` is called when a photo is chosen. */
  constructor(list, open) {
    this.list = list;
    this.open = open;
    list.addEventListener("click", (event) => this.#choose(event.target.closest(".tile")));
    list.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Shows what changed; `sorted` are all photos in order. */
  apply(change, sorted) {
    for (const photo of change.gone) this.#remove(photo.id);
    for (const photo of change.updated) label(this.#tiles.get(photo.id), photo);
    const places = new Map(change.added.length ? sorted.map((photo, index) => [photo.id, index]) : []);
    // From the back, so that the tile a new one stands before is already there.
    for (const photo of [...change.added].sort((a, b) => places.get(b.id) - places.get(a.id))) {
      const next = sorted[places.get(photo.id) + 1];
      this.list.insertBefore(this.#make(photo), next ? this.#tiles.get(next.id) : null);
    }
    this.#keepEntry();
  }

  /** Puts all tiles in the order of `sorted`. */
  rearrange(sorted) {
    this.list.append(...sorted.map((photo) => this.#tiles.get(photo.id)));
  }

  select(id) {
    this.list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    this.#tiles.get(id)?.setAttribute("aria-selected", "true");
  }

  focus(id) {
    this.#move(this.#tiles.get(id));
  }

  #make(photo) {
    const element = tile(photo);
    this.#tiles.set(photo.id, element);
    return element;
  }

  #remove(id) {
    this.#tiles.get(id)?.remove();
    this.#tiles.delete(id);
  }

  /** Exactly one tile is reached by the tab key. */
  #keepEntry() {
    if (!this.list.querySelector('[tabindex="0"]') && this.list.firstElementChild) {
      this.list.firstElementChild.tabIndex = 0;
    }
  }

  #choose(element) {
    if (!element) return;
    this.#move(element);
    this.open(element.dataset.id);
  }

  #move(element) {
    if (!element) return;
    const entry = this.list.querySelector('[tabindex="0"]');
    if (entry) entry.tabIndex = -1;
    element.tabIndex = 0;
    element.focus();
  }

  #onKey(event) {
    const current = event.target.closest(".tile");
    if (!current || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...this.list.children];
    const index = all.indexOf(current);
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const targets = {
      ArrowLeft: index - 1, ArrowRight: index + 1, ArrowUp: index - columns, ArrowDown: index + columns,
      Home: 0, End: all.length - 1,
    };
    if (event.key === "Enter" || event.key === " ") this.#choose(current);
    else if (event.key in targets) this.#move(all[targets[event.key]]);
    else return;
    event.preventDefault();
  }
}
