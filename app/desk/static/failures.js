/** The files that could not be read, each with its reason and a way to try again. */

import { byId, make, toast } from "./dom.js";
import { post } from "./server.js";

export class Failures {
  #shown = "";
  #retrying = new Map(); // id → how often it had been refused when it was tried again
  #failures = [];

  constructor() {
    byId("retry-all").addEventListener("click", () => this.#failures.forEach((failure) => this.#retry(failure)));
  }

  show(failures) {
    this.#failures = failures;
    const refused = new Map(failures.map(({ id, times }) => [id, times]));
    // Read by now, or refused once more: its button comes back.
    for (const [id, times] of this.#retrying) if (refused.get(id) !== times) this.#retrying.delete(id);
    byId("count-failures").textContent = failures.length || "";
    byId("empty-failures").hidden = failures.length > 0;
    byId("failures-tools").hidden = failures.length < 2;
    this.draw();
  }

  /** Brings the list up to date if it is looked at. The keyboard stays at its row, or goes to the one in its place. */
  draw() {
    const now = JSON.stringify([this.#failures, [...this.#retrying.keys()]]);
    if (byId("view-failures").hidden || now === this.#shown) return; // leaves the focus and a selection alone
    this.#shown = now;
    const list = byId("failures");
    const place = [...list.children].findIndex((row) => row.contains(document.activeElement));
    const id = list.children[place]?.dataset.id;
    list.replaceChildren(...this.#failures.map((failure) => this.#row(failure)));
    if (place < 0) return;
    const rows = [...list.children];
    const row = rows.find((each) => each.dataset.id === id) ?? rows[Math.min(place, rows.length - 1)];
    (row?.querySelector("button") ?? byId("tab-failures")).focus();
  }

  #row(failure) {
    const isRetrying = this.#retrying.has(failure.id);
    const button = make("button", {
      className: "quiet", ariaDisabled: String(isRetrying), textContent: isRetrying ? "Trying…" : "Retry",
      onclick: () => this.#retry(failure),
    });
    const row = make("li", { className: "failure" },
      make("div", {}, make("p", {}, failure.message), make("p", { className: "where" }, failure.path)), button);
    row.dataset.id = failure.id;
    return row;
  }

  async #retry({ id, times }) {
    if (this.#retrying.has(id)) return;
    this.#retrying.set(id, times);
    this.show(this.#failures);
    try {
      await post(`/api/jobs/${encodeURIComponent(id)}/retry`);
    } catch (error) {
      this.#retrying.delete(id);
      this.show(this.#failures);
      toast(error.message);
    }
  }
}
