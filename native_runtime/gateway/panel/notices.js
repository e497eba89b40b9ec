// Short messages at the edge; read out politely, gone by themselves unless they are errors.
import { h } from "./dom.js";
import { RequestError } from "./api.js";

const STAY = 5_000; // milliseconds
const MOST = 4;
const list = document.getElementById("notices");

export function tell(text, tone = "good") {
  const node = h("div", { class: "notice", data: { tone } },
    h("span", { text }),
    h("button", { class: "button quiet", type: "button", "aria-label": "Dismiss", text: "×", on: { click: () => dismiss(node) } }));
  list.append(node);
  if (tone !== "bad") leaveInTime(node);
  while (list.childElementCount > MOST) list.firstElementChild.remove();
}

/** One that is read, or held by the keyboard, stays as long. */
function leaveInTime(node) {
  setTimeout(() => (node.matches(":hover, :focus-within") ? leaveInTime(node) : node.remove()), STAY);
}

/** The keyboard goes on to the next message, or back to the view. */
function dismiss(node) {
  const next = node.nextElementSibling ?? node.previousElementSibling;
  const hadFocus = node.contains(document.activeElement);
  node.remove();
  if (hadFocus) (next?.querySelector("button") ?? document.getElementById("main")).focus({ preventScroll: true });
}

/** Put `text` where it can be pasted from. */
export async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    tell(done);
  } catch {
    tell("This window does not let a page copy; select the text instead.", "bad");
  }
}

/** Do something for the person and say how it went. Returns whether it worked. */
export async function attempt(deed, done) {
  try {
    const answer = await deed();
    if (done) tell(typeof done === "function" ? done(answer) : done);
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    tell(error.message, "bad");
    return false;
  }
}
