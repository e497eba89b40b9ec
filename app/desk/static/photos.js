/** The photos the page knows: fetched by cursor, so that each refresh brings only what changed. */

import { get } from "./server.js";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

const ORDERS = {
  name: (one, other) => collator.compare(one.path, other.path),
  // Photos without a date come last.
  taken: (one, other) => (one.taken ?? "9").localeCompare(other.taken ?? "9") || ORDERS.name(one, other),
};

export class Photos {
  #cursor = 0;
  #byPath = new Map();
  sorted = [];
  order = "name";

  get size() {
    return this.sorted.length;
  }

  find(id) {
    return this.sorted.find((photo) => photo.id === id);
  }

  /** Fetches what changed, and changes nothing here: a failure half-way loses nothing. */
  async fetch() {
    const fetched = { photos: [], cursor: this.#cursor };
    for (let more = true; more; ) {
      const answer = await get(`photos?after=${fetched.cursor}`);
      fetched.photos.push(...answer.photos);
      fetched.cursor = answer.cursor;
      more = answer.more;
    }
    return fetched;
  }

  /** Takes what was fetched; returns `{ added, updated, gone }` photos. */
  take({ photos, cursor }) {
    const change = { added: [], updated: [], gone: [] };
    // A photo that changed between two pages came twice: the later one holds.
    const latest = new Map(photos.map((photo) => [photo.path, photo]));
    for (const photo of latest.values()) this.#put(photo, change);
    this.#cursor = cursor;
    return change;
  }

  sortBy(order) {
    this.order = order;
    this.sorted.sort(ORDERS[order]);
  }

  #put(photo, change) {
    const known = this.#byPath.get(photo.path);
    this.#byPath.set(photo.path, photo);
    if (known?.id === photo.id && ORDERS[this.order](known, photo) === 0) {
      this.sorted[this.sorted.indexOf(known)] = photo;
      change.updated.push(photo);
      return;
    }
    if (known) {
      this.sorted.splice(this.sorted.indexOf(known), 1);
      change.gone.push(known);
    }
    this.sorted.splice(this.#place(photo), 0, photo);
    change.added.push(photo);
  }

  #place(photo) {
    const compare = ORDERS[this.order];
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.sorted[middle], photo) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
