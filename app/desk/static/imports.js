/** The bar under the header: how far the import is, from the server's count and the scan's own words. */

import { byId, plural, toast } from "./dom.js";

export class Imports {
  #scanning = null;
  #wasOpen = false;

  /** A scan told how far it is, or is over. */
  onEvent(event) {
    if (event.job !== "app.jobs.scan_folder") return;
    if (event.type === "JobProgress") this.#scanning = event.note;
    else if (event.type === "JobQueued") this.#scanning = "Looking for pictures…";
    else if (event.type !== "JobRetrying") this.#scanning = null;
    if (event.type === "JobFailed") toast(event.error.replace(/^Fail: /, ""));
  }

  show({ total, done, failed }) {
    const open = total - done - failed;
    byId("import").hidden = !open && !this.#scanning;
    byId("import-bar").value = total ? (done + failed) / total : 0;
    byId("import-text").textContent = this.#words(total, done, failed, open);
    if (this.#wasOpen && !open && !this.#scanning) toast(`Done: ${reckoning(done, failed)}`);
    this.#wasOpen = open > 0;
  }

  #words(total, done, failed, open) {
    if (!open && this.#scanning) return this.#scanning;
    const bad = failed ? ` · ${failed.toLocaleString()} could not be read` : "";
    return `${done.toLocaleString()} of ${plural(total, "photo", "photos")}${bad}`;
  }
}

function reckoning(done, failed) {
  const read = `${plural(done, "photo", "photos")} read`;
  return failed ? `${read}, ${failed.toLocaleString()} could not be` : read;
}
