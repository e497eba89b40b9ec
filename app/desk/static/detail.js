/** The pane beside the grid that shows one photo and what the camera noted. */

import { byId, make } from "./dom.js";

export class Detail {
  #photo = null;

  /** `onClose(id)` is called when the pane is closed. */
  constructor(onClose) {
    this.pane = byId("detail");
    this.onClose = onClose;
    byId("detail-close").addEventListener("click", () => this.close());
    byId("detail-enlarge").addEventListener("click", () => this.#enlarge());
    byId("light-close").addEventListener("click", () => byId("light").close());
    // The original may be gone by now; its thumbnail is not.
    byId("detail-image").addEventListener("error", () => this.#show(`thumbnails/${this.#photo.id}`));
  }

  get shown() {
    return this.#photo?.id ?? null;
  }

  show(photo) {
    const isOther = this.#photo?.id !== photo.id;
    this.#photo = photo;
    byId("detail-name").textContent = photo.name;
    byId("detail-facts").replaceChildren(...facts(photo).flatMap(([name, value]) => [
      make("dt", {}, name), make("dd", {}, value),
    ]));
    if (isOther) {
      this.#show(`originals/${photo.id}`);
      byId("detail-image").alt = photo.name;
    }
    this.pane.hidden = false;
  }

  close() {
    if (this.pane.hidden) return;
    this.pane.hidden = true;
    const id = this.shown;
    this.#photo = null;
    this.onClose(id);
  }

  #enlarge() {
    byId("light-image").src = byId("detail-image").src;
    byId("light-image").alt = this.#photo.name;
    byId("light").showModal();
  }

  #show(address) {
    const image = byId("detail-image");
    if (!image.src.endsWith(address)) image.src = address;
  }
}

function facts(photo) {
  const megapixels = (photo.width * photo.height / 1e6).toFixed(1);
  const hasPlace = photo.latitude !== null;
  return [
    ["Taken", photo.taken && new Date(photo.taken).toLocaleString([], { dateStyle: "long", timeStyle: "short" })],
    ["Camera", photo.camera],
    ["Place", photo.place ?? (hasPlace ? "looking it up…" : null)],
    ["Coordinates", hasPlace ? `${photo.latitude.toFixed(4)}, ${photo.longitude.toFixed(4)}` : null],
    ["Picture", `${photo.width} × ${photo.height} (${megapixels} MP)`],
    ["File", size(photo.size)],
    ["Folder", photo.folder],
  ].filter(([, value]) => value);
}

function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
