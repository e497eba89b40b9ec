// Turning pages of a list that the gateway gives in parts.
import { button, h, setHidden, setText } from "./dom.js";
import { number } from "./format.js";

const PAGE = 50;

/** Fills `root` with the buttons; `refresh()` loads again when a page was turned. */
export function createPager(root, refresh) {
  let offset = 0;
  const range = h("span");
  const newer = button("Newer", () => turn(-PAGE));
  const older = button("Older", () => turn(PAGE));
  root.append(newer, range, older);

  function turn(by) {
    offset = Math.max(0, offset + by);
    return refresh();
  }
  return {
    /** What to ask the gateway for. */
    wanted: () => ({ limit: PAGE, offset }),
    reset() {
      offset = 0;
    },
    update(shown, total) {
      setText(range, total ? `${number(offset + 1)}–${number(offset + shown)} of ${number(total)}` : "");
      newer.disabled = offset === 0;
      older.disabled = offset + shown >= total;
      setHidden(root, total <= PAGE && offset === 0);
    },
  };
}
