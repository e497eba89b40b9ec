/** The files that could not be read, each with its reason and a way to try again. */

import { byId, make, toast } from "./dom.js";
import { post } from "./server.js";

export class Failures {
  #shown = "";
  #retrying = new Set();
  #failures = [];

  constructor() {
    byId("retry-all").addEventListener("click", () => this.#failures.forEach(({ id }) => this.#retry(id)));
  }

  /** A retried photo was refused again: its button comes back. */
  onEvent(event) {
    if (event.type === "JobFailed" || event.type === "JobSucceeded") this.#retrying.delete(event.job_id);
  }

  show(failures) {
    this.#failures = failures;
    byId("count-failures").textContent = failures.length || "";
    byId("empty-failures").hidden = failures.length > 0;
    byId("failures-tools").hidden = failures.length < 2;
    const now = JSON.stringify([failures, [...this.#retrying]]);
    if (now === this.#shown) return;  // leaves the focus and a selection alone
    this.#shown = now;
    byId("failures").replaceChildren(...failures.map((failure) => this.#row(failure)));
  }

  #row({ id, path, message }) {
    const isRetrying = this.#retrying.has(id);
    const button = make("button", {
      className: "quiet", disabled: isRetrying, textContent: isRetrying ? "Trying…" : "Retry",
      onclick: () => this.#retry(id),
    });
    return make("li", { className: "failure" },
      make("div", {}, make("p", {}, message), make("p", { className: "where" }, path)), button);
  }

  async #retry(id) {
    this.#retrying.add(id);
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
