// A long list that the gateway gives in parts: those in sight are asked for, the ones around them are remembered.

const PAGE = 100; // items asked for at once
const KEPT = 30; // pages remembered

export class Pages {
  #fetch;
  #onChange;
  #pages = new Map(); // number → {items, isFresh}
  #range = { from: 0, to: 1 };
  #filling = null;
  #generation = 0;
  total = null;

  /** `fetch(offset, limit)` → `{items, total}`; `onChange()` is called when something is known that was not. */
  constructor(fetch, onChange) {
    this.#fetch = fetch;
    this.#onChange = onChange;
  }

  at(index) {
    return this.#pages.get(Math.floor(index / PAGE))?.items[index % PAGE];
  }

  /** The item of which `claim(item)` holds, among those that are remembered. */
  find(claim) {
    for (const { items } of this.#pages.values()) {
      const found = items.find(claim);
      if (found) return found;
    }
    return undefined;
  }

  /** These rows are in sight: what is not known of them is asked for. */
  want(from, to) {
    this.#range = { from, to: Math.max(to, from + 1) };
    if (this.#missing() !== undefined) this.#fill().catch(() => {}); // whoever reloads tells of an error
  }

  /** Ask anew for what is in sight, and forget the rest. What is shown stays until the answer is there. */
  async reload() {
    this.#generation += 1;
    const wanted = new Set(this.#wanted());
    for (const [number, page] of this.#pages) {
      page.isFresh = false;
      if (!wanted.has(number)) this.#pages.delete(number);
    }
    await this.#fill();
  }

  /** Another list altogether: nothing of this one is known any more. */
  reset() {
    this.#generation += 1;
    this.#pages.clear();
    this.#range = { from: 0, to: 1 };
    this.total = null;
  }

  #fill() {
    this.#filling ??= this.#fillUp().finally(() => (this.#filling = null));
    return this.#filling;
  }

  /** One page after the other, and always one that is in sight by then: of a fast scroll most are passed by. */
  async #fillUp() {
    for (let number = this.#missing(); number !== undefined; number = this.#missing()) {
      const generation = this.#generation;
      const { items, total } = await this.#fetch(number * PAGE, PAGE);
      if (generation !== this.#generation) continue; // asked for before something changed
      this.total = total;
      this.#pages.set(number, { items, isFresh: true });
      this.#forgetFarthest();
      this.#onChange();
    }
  }

  #wanted() {
    const last = this.total === null ? this.#range.to : Math.max(1, Math.min(this.#range.to, this.total));
    const first = Math.floor(Math.min(this.#range.from, last - 1) / PAGE);
    return Array.from({ length: Math.floor((last - 1) / PAGE) - first + 1 }, (_, offset) => first + offset);
  }

  #missing() {
    return this.#wanted().find((number) => !this.#pages.get(number)?.isFresh);
  }

  #forgetFarthest() {
    const middle = (this.#range.from + this.#range.to) / 2 / PAGE;
    const farthestFirst = [...this.#pages.keys()].sort((one, other) => Math.abs(other - middle) - Math.abs(one - middle));
    for (const number of farthestFirst.slice(0, Math.max(0, farthestFirst.length - KEPT))) this.#pages.delete(number);
  }
}
