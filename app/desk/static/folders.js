/** Ways to add a folder: a dialog with a path, the system's own chooser, and dropping one on the window. */

import { byId, toast } from "./dom.js";
import { post } from "./server.js";

export class Folders {
  #canChoose = false;

  /** `onAdded()` is called once a folder was taken. */
  constructor(onAdded) {
    this.onAdded = onAdded;
    byId("add").addEventListener("click", () => this.#ask());
    byId("add-first").addEventListener("click", () => this.#ask());
    byId("choose").addEventListener("click", () => this.#choose());
    byId("dialog-cancel").addEventListener("click", () => byId("dialog").close());
    byId("dialog-form").addEventListener("submit", (event) => this.#submit(event));
    this.#watchDrops();
  }

  /** True while the app has a window, and with it a native chooser and the paths of dropped folders. */
  set canChoose(value) {
    this.#canChoose = value;
    byId("choose").hidden = !value;
  }

  #ask() {
    byId("path-problem").textContent = "";
    byId("dialog").showModal();
    byId(this.#canChoose ? "choose" : "path").focus();
  }

  async #submit(event) {
    event.preventDefault();
    await this.#add("folders", { path: byId("path").value });
  }

  async #choose() {
    byId("choose").disabled = true;
    await this.#add("folders/choose", {});
    byId("choose").disabled = false;
  }

  async #add(address, body) {
    try {
      const { folders } = await post(address, body);
      if (!folders.length) return;
      byId("dialog").close();
      byId("path").value = "";
      this.#taken(folders);
    } catch (error) {
      byId("path-problem").textContent = error.message;
    }
  }

  #taken(folders) {
    toast(`Reading ${folders.join(", ")}`);
    this.onAdded();
  }

  #watchDrops() {
    const show = (isOver) => { byId("drop").hidden = !isOver; };
    addEventListener("dragover", (event) => { event.preventDefault(); show(true); });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) show(false); });
    addEventListener("drop", (event) => { event.preventDefault(); show(false); this.#drop(event.dataTransfer); });
  }

  async #drop({ files }) {
    if (!files.length) return;
    // WebView2 hands the paths to the app only when the page asks it to.
    window.chrome?.webview?.postMessageWithAdditionalObjects?.("FilesDropped", files);
    try {
      const { folders } = await post("folders/dropped", { names: [...files].map((file) => file.name) });
      this.#taken(folders);
    } catch (error) {
      toast(error.message);
    }
  }
}
