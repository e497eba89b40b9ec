// Figures as people read them.

const NUMBER = new Intl.NumberFormat("en");

export const number = (value) => (value === null || value === undefined ? "–" : NUMBER.format(value));

const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** Seconds as the two largest units: `2 h 5 min`, `12 s`. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  let rest = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first < 0) return "0 s";
  const parts = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    if (count) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.join(" ");
}

/** Like `span`, with tenths where they matter: `0.4 s`. */
export const duration = (seconds) =>
  seconds !== null && seconds !== undefined && seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : span(seconds);

export function ago(iso) {
  if (!iso) return "–";
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  return seconds < 1 ? "just now" : `${span(seconds)} ago`;
}

export const moment = (iso) => (iso ? new Date(iso).toLocaleString() : "–");

export const megabytes = (value) =>
  value === null || value === undefined ? "–" : value >= 1024 ? `${(value / 1024).toFixed(1)} GB` : `${Math.round(value)} MB`;

/** With a tenth where it matters. */
export const rounded = (value) => (value < 10 ? Math.round(10 * value) / 10 : Math.round(value));

export const percent = (value) => (value === null || value === undefined ? "–" : `${Math.round(value)} %`);

/** A state, an outcome or a reason as people say it. */
export const words = (state) => (state === "oom" ? "out of memory" : state.replaceAll("_", " "));

const TURNERS = /[\u202a-\u202e\u2066-\u2069]/g; // turn whatever follows them
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/** A name inside a sentence of ours: one that is read from right to left turns itself alone. */
export function named(name) {
  const text = name.replace(TURNERS, "");
  return FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text;
}

/** `1 job`, `2 jobs`. */
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** The last part of a dotted name, which tells most. */
export const shortName = (name) => name.split(".").at(-1);
