// Where the keyboard is. A control that is hidden or gone once it was pressed hands it on to the one beside it.

const CONTROLS = "button, a[href]";
let last = null; // what had the focus last, on the page itself: a dialog gives it back by its own means

document.addEventListener("focusin", ({ target }) => {
  if (!target.closest("dialog")) last = target === document.body ? null : target;
});
document.addEventListener("pointerdown", () => (last = null)); // whoever points elsewhere wants to be there

/** After the page was drawn: nobody who works with the keyboard has to begin anew at its top. */
export function keepFocus() {
  if (last === null || document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
  (isUsable(last) ? last : beside(last)).focus({ preventScroll: true });
}

/** The nearest control in its row of buttons, the one before it rather than the one behind; else where all views begin. */
function beside(node) {
  const group = [...(node.closest(".acts")?.querySelectorAll(CONTROLS) ?? [])];
  const place = group.indexOf(node);
  const distance = (other) => Math.abs(group.indexOf(other) - place);
  const [nearest] = group.filter(isUsable).sort((one, other) => distance(one) - distance(other));
  return nearest ?? document.getElementById("main");
}

const isUsable = (node) => node.isConnected && !node.disabled && node.getClientRects().length > 0;
