/** Lookalikes: groups of photos that show nearly the same, asked for while they are looked at. */

import { byId, make, plural } from "./dom.js";
import { tile } from "./grid.js";
import { get } from "./server.js";

export class Similar {
  #asked = null;

  /** `photos` finds a photo by id; `open(id)` shows it. */
  constructor(photos, open) {
    this.photos = photos;
    byId("most").addEventListener("input", () => this.refresh());
    const onOpen = (event) => {
      const element = event.target.closest(".tile");
      if (!element || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      open(element.dataset.id);
    };
    byId("groups").addEventListener("click", onOpen);
    byId("groups").addEventListener("keydown", onOpen);
  }

  /** Asks again; of several questions at once only the latest answer is shown. */
  async refresh() {
    const mine = (this.#asked = Symbol("question"));
    const { groups } = await get(`similar?most=${byId("most").value}`);
    if (mine !== this.#asked) return;
    const known = groups.map((ids) => ids.map((id) => this.photos.find(id)).filter(Boolean));
    byId("count-similar").textContent = known.length || "";
    byId("empty-similar").hidden = known.length > 0;
    byId("groups").replaceChildren(...known.map(group));
  }
}

function group(photos) {
  const tiles = photos.map((photo) => {
    const element = tile(photo);
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.removeAttribute("aria-selected");
    return make("li", {}, element);
  });
  return make("section", { className: "group" },
    make("h3", {}, plural(photos.length, "photo", "photos")), make("ul", { className: "grid" }, ...tiles));
}
