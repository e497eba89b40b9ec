// The latest lines of a log, bounded, and those of them that a search leaves.

const MOST = 10_000; // lines kept
const SLACK = 1_000; // lines by which it may be longer meanwhile, so that not each batch moves all of them

export class LogBuffer {
  #lines = [];
  #shown = [];
  #next = 0; // the number of the next line; numbers never repeat
  #text = "";
  #onlyErrors = false;
  #isSearched = false;

  /** The lines that the search leaves, oldest first, each with its `number`. */
  get shown() {
    return this.#isSearched ? this.#shown : this.#lines;
  }

  /** How many are kept, searched for or not. */
  get length() {
    return this.#lines.length;
  }

  /** How many there have ever been. */
  get total() {
    return this.#next;
  }

  add(lines) {
    for (const line of lines) {
      line.number = this.#next;
      this.#next += 1;
      this.#lines.push(line);
      if (this.#isSearched && this.#matches(line)) this.#shown.push(line);
    }
    if (this.#lines.length > MOST + SLACK) this.#forgetOldest();
  }

  clear() {
    this.#lines = [];
    this.#shown = [];
  }

  /** Leave only the lines that contain `text`, in any case, or only those of stderr. */
  search(text, onlyErrors) {
    this.#text = text.toLowerCase();
    this.#onlyErrors = onlyErrors;
    this.#isSearched = text !== "" || onlyErrors;
    this.#shown = this.#isSearched ? this.#lines.filter((line) => this.#matches(line)) : [];
  }

  #matches({ text, kind }) {
    return (!this.#onlyErrors || kind === "err") && (this.#text === "" || text.toLowerCase().includes(this.#text));
  }

  #forgetOldest() {
    this.#lines = this.#lines.slice(-MOST);
    const first = this.#lines[0].number;
    this.#shown = this.#shown.filter((line) => line.number >= first);
  }
}
