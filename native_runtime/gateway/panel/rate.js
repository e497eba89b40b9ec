// How many jobs end in a second: in all, from brief news of them, and in each worker process, from what it has counted.

const KEPT = 60; // samples, one a second
const LEAST = 1; // seconds between two counts; in less, a few jobs would look like many in a second

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
    for (const [name, value] of Object.entries(figures)) this.#values.set(name, [...this.of(name), value].slice(-KEPT));
  }

  /** Forget all but these names. */
  keep(names) {
    for (const name of this.#values.keys()) if (!names.has(name)) this.#values.delete(name);
  }

  of(name) {
    return this.#values.get(name) ?? [];
  }
}

/** The pace of each worker process, by the name of its child. */
export class Paces {
  #seen = new Map(); // by child: its process, what that had done at what age, and its rate since
  #history = new History();

  /** The children of another status. */
  update(children) {
    const workers = children.filter((child) => child.jobs_done !== null && child.uptime !== null);
    this.#seen = new Map(workers.map((child) => [child.name, paceOf(child, this.#seen.get(child.name))]));
    this.#history.keep(this.#seen);
  }

  /** Take a sample of each for the lines. */
  remember() {
    this.#history.add(Object.fromEntries([...this.#seen].map(([name, { rate }]) => [name, rate ?? 0])));
  }

  /** Jobs per second of a child of late; null while that is not known, or where it is no worker. */
  of(name) {
    return this.#seen.get(name)?.rate ?? null;
  }

  line(name) {
    return this.#history.of(name);
  }

  /** Whether any of them ended jobs of late. */
  get areMoving() {
    return [...this.#seen.values()].some(({ rate }) => rate > 0);
  }
}

/** What is known of a worker now, from what was known of it: its age is the clock, which a slow answer does not move. */
function paceOf({ pid, uptime, jobs_done: done, jobs_failed: failed }, before) {
  const now = { pid, uptime, count: done + failed };
  if (!before) return { ...now, rate: null };
  const since = before.pid === pid ? before : { pid, uptime: 0, count: 0, rate: null }; // all that a fresh process did
  const [seconds, jobs] = [uptime - since.uptime, now.count - since.count];
  if (seconds < 0 || jobs < 0) return { ...now, rate: null };
  return seconds < LEAST ? since : { ...now, rate: jobs / seconds };
}
