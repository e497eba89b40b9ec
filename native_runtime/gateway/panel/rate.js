// How many jobs end in a second, from brief news of them, and the figures of the last minute.

const KEPT = 60; // samples, one a second

export class Rate {
  #count = 0;
  #since = performance.now();

  add(count) {
    this.#count += count;
  }

  /** Jobs per second since it was asked last. */
  take() {
    const now = performance.now();
    const rate = (1000 * this.#count) / Math.max(1, now - this.#since);
    this.#count = 0;
    this.#since = now;
    return rate;
  }
}

export class History {
  #values = new Map();

  /** Remember a figure of each name. */
  add(figures) {
    for (const [name, value] of Object.entries(figures)) this.#values.set(name, [...(this.#values.get(name) ?? []), value].slice(-KEPT));
  }

  of(name) {
    return this.#values.get(name) ?? [];
  }
}
