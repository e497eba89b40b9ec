// Loading: at most once at a time and once per pace, however often it is asked for.

export class Refresh {
  #load;
  #pace;
  #timer = null;
  #running = false;
  #again = false;
  #last = -Infinity;

  /** `load()` fetches and stores; `pace` is the least milliseconds between two loads. */
  constructor(load, pace) {
    this.#load = load;
    this.#pace = pace;
  }

  /** Load soon: now if the pace allows, else when it does. */
  soon() {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#last + this.#pace - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.now();
    }, wait);
  }

  /** Load now, or right after the load that is under way, which may have missed what happened since. */
  async now() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#last = performance.now();
    try {
      await this.#load();
    } finally {
      this.#running = false;
    }
    if (this.#again) {
      this.#again = false;
      this.soon();
    }
  }
}
