// What could not be loaded, told where it would stand, with a way to try again.
import { button, h, setHidden, setText } from "./dom.js";

/** `retry(name)`: load it anew. A trouble shows on top of the view of its name, or of all for `status`. */
export function createTroubles(retry) {
  const boxes = new Map();

  function boxOf(name) {
    if (!boxes.has(name)) {
      const text = h("span");
      const box = h("div", { class: "trouble", role: "alert" }, text, button("Try again", () => retry(name)));
      (document.querySelector(`[data-view=${name}]`) ?? document.getElementById("main")).prepend(box);
      boxes.set(name, { box, text });
    }
    return boxes.get(name);
  }

  return {
    tell(name, message) {
      const { box, text } = boxOf(name);
      setText(text, `This could not be loaded: ${message}`);
      setHidden(box, false);
    },
    gone(name) {
      if (boxes.has(name)) setHidden(boxes.get(name).box, true);
    },
  };
}
