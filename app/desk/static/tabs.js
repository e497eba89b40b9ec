/** The three views, as tabs: arrow keys move between them, one is shown. */

import { byId } from "./dom.js";

const VIEWS = ["photos", "similar", "failures"];

export class Tabs {
  current = VIEWS[0];

  /** `onShow(view)` is called with `photos`, `similar` or `failures`. */
  constructor(onShow) {
    this.onShow = onShow;
    for (const [index, view] of VIEWS.entries()) {
      const tab = byId(`tab-${view}`);
      tab.addEventListener("click", () => this.show(view));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        const next = VIEWS[(index + step + VIEWS.length) % VIEWS.length];
        this.show(next);
        byId(`tab-${next}`).focus();
      });
    }
  }

  show(view) {
    this.current = view;
    for (const each of VIEWS) {
      const isShown = each === view;
      byId(`view-${each}`).hidden = !isShown;
      byId(`tab-${each}`).setAttribute("aria-selected", String(isShown));
      byId(`tab-${each}`).tabIndex = isShown ? 0 : -1;
    }
    this.onShow(view);
  }
}
