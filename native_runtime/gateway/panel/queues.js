// Queues in numbers, with pause, resume and clear.
import { button, cell, emptiness, h, keyed, setData, setHidden, setText, table } from "./dom.js";
import { duration, named, number, plural } from "./format.js";
import { path, post } from "./api.js";
import { confirmed } from "./dialogs.js";

const NUMBERS = ["Ready", "Delayed", "Running", "Failed"];
const PAUSED = { file: "paused by workers.toml", battery: "paused on battery" };
const COLUMNS = [
  { text: "Queue" }, { text: "State" }, ...NUMBERS.map((text) => ({ text, class: "num" })),
  { text: "Oldest waits", class: "num" }, { name: "Actions", class: "acts-cell" },
];

export function createQueues(root, act) {
  const grid = table("Queues", COLUMNS);
  const body = h("tbody", { role: "rowgroup" });
  grid.append(body);
  grid.classList.add("queues");
  const empty = emptiness("No jobs yet", "A queue shows here once a job was dispatched to it.");
  root.append(grid, empty);
  return {
    update({ queues }, age) {
      setHidden(grid, queues.length === 0);
      setHidden(empty, queues.length > 0);
      keyed(body, queues, (queue) => queue.name, (queue) => createQueue(queue, act));
      for (const [, part] of body.parts) part.tick(age);
    },
  };
}

function createQueue({ name }, act) {
  let queue = null;
  const state = h("span", { class: "pill" });
  const numbers = NUMBERS.map(() => h("span"));
  const oldest = h("span");
  const pause = button("Pause", () => act(() => post(path("queues", name, "pause")), `${named(name)} is paused`), { kind: "quiet", label: `Pause queue ${name}` });
  const resume = button("Resume", () => act(() => post(path("queues", name, "resume")), `${named(name)} is open again`), { kind: "primary", label: `Resume queue ${name}` });
  const clear = button("Clear", async () => {
    const waiting = queue.ready + queue.delayed;
    const sure = await confirmed(`Delete ${plural(waiting, "waiting job")} of ${named(name)}?`, "They will not run and cannot be brought back. Running and failed jobs stay.", "Delete jobs");
    if (sure) await act(() => post(path("queues", name, "clear")), (answer) => `${plural(answer.removed, "job")} deleted from ${named(name)}`);
  }, { kind: "quiet", label: `Clear queue ${name}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, h("span", { class: "title", text: name })),
      cell("State", {}, state),
      ...NUMBERS.map((label, index) => cell(label, { class: "num" }, numbers[index])),
      cell("Oldest waits", { class: "num" }, oldest),
      cell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, pause, resume, clear))),
    update(next) {
      queue = next;
      setText(state, queue.paused ? PAUSED[queue.paused_by] ?? "paused" : "open");
      setData(state, "tone", queue.paused ? "warn" : "good");
      NUMBERS.forEach((label, index) => {
        const value = queue[label.toLowerCase()];
        setText(numbers[index], number(value));
        setData(numbers[index], "tone", value === 0 ? "zero" : label === "Failed" ? "bad" : "");
      });
      setHidden(pause, queue.paused);
      setHidden(resume, !queue.paused);
      clear.disabled = queue.ready + queue.delayed === 0;
    },
    tick(age) {
      setText(oldest, queue.oldest_age === null ? "–" : duration(queue.oldest_age + age));
    },
  };
}
