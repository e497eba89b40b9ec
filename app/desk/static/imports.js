/** The bar under the header: how far the import is, from the server's count and the scan's own words. */

import { byId, plural, toast } from "./dom.js";

const OPEN = new Set(["ready", "delayed", "running"]);

export class Imports {
  #over = null; // ids of the scans that were over when they were looked at last; null before that
  #wasOpen = false;

  /** `progress`: the desk's counts. `scans`: the jobs that look for pictures, the newest first. */
  show({ total, done, failed }, scans) {
    this.#tellFailures(scans);
    const scan = scans.findLast((each) => OPEN.has(each.state)); // the oldest of them has its turn
    const open = total - done - failed;
    byId("import").hidden = !open && !scan;
    byId("import-bar").value = total ? (done + failed) / total : 0;
    byId("import-text").textContent = !open && scan ? scan.progress_note || "Looking for pictures…" : words(total, done, failed);
    if (this.#wasOpen && !open && !scan) toast(`Done: ${reckoning(done, failed)}`);
    this.#wasOpen = open > 0;
  }

  #tellFailures(scans) {
    const over = scans.filter((each) => !OPEN.has(each.state));
    const fresh = this.#over === null ? [] : over.filter((each) => !this.#over.has(each.id));
    for (const { error } of fresh) if (error) toast(error.replace(/^Fail: /, ""));
    this.#over = new Set(over.map((each) => each.id));
  }
}

function words(total, done, failed) {
  const bad = failed ? ` · ${failed.toLocaleString()} could not be read` : "";
  return `${done.toLocaleString()} of ${plural(total, "photo", "photos")}${bad}`;
}

function reckoning(done, failed) {
  const read = `${plural(done, "photo", "photos")} read`;
  return failed ? `${read}, ${failed.toLocaleString()} could not be` : read;
}
