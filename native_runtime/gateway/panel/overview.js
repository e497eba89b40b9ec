// The top of the page: is all well, and the figures at a glance.
import { byId, h, keyed, setData, setHidden, setText } from "./dom.js";
import { duration, number, plural, rounded, span } from "./format.js";
import { History } from "./rate.js";
import { createSparkline } from "./sparkline.js";

const DEAD = new Set(["stopped", "failed", "backoff", "crash_looping"]);

const sum = (queues, key) => queues.reduce((total, queue) => total + queue[key], 0);

export function createOverview() {
  const history = new History();
  return {
    /** Take a sample for the lines under the figures; `rate`: jobs that end in a second. */
    remember({ queues }, rate) {
      history.add({ "Jobs ready": sum(queues, "ready"), "Jobs running": sum(queues, "running"), "Jobs done": rate });
    },
    /** `isLost`: the app does not answer, and nobody knows whether it is well. */
    update({ runtime, children, queues }, age, isLost) {
      drawHead(runtime, age, isLost);
      drawProblems(runtime);
      keyed(byId("figures"), figuresOf(children, queues, history, age), (figure) => figure.name, createFigure);
    },
  };
}

function drawHead(runtime, age, isLost) {
  setText(byId("app-name"), runtime.app);
  setText(byId("health"), isLost ? "Unknown" : runtime.healthy ? "Healthy" : plural(runtime.problems.length, "problem"));
  setData(byId("health"), "tone", isLost ? "quiet" : runtime.healthy ? "good" : "bad");
  setText(byId("facts"), `pid ${runtime.pid} · up ${span(runtime.uptime + age)}`);
  setText(byId("version"), `native-runtime ${runtime.version}`);
}

function drawProblems({ healthy, problems }) {
  const box = byId("problems");
  setHidden(box, healthy);
  keyed(box.querySelector("ul"), problems, (text) => text, (text) => ({ node: h("li", { text }), update() {} }));
}

function figuresOf(children, queues, history, age) {
  const alive = children.filter((child) => !DEAD.has(child.state)).length;
  const oldest = Math.max(-1, ...queues.map((queue) => queue.oldest_age ?? -1));
  const paused = queues.filter((queue) => queue.paused).length;
  const delayed = sum(queues, "delayed");
  const failed = sum(queues, "failed");
  const done = history.of("Jobs done");
  return [
    { name: "Processes alive", value: `${alive} of ${children.length}`, note: busyNote(children) },
    {
      name: "Jobs ready", value: number(sum(queues, "ready")), values: history.of("Jobs ready"),
      note: [oldest >= 0 ? `oldest ${duration(oldest + age)}` : "none waits", delayed ? `${number(delayed)} delayed` : ""].filter(Boolean).join(" · "),
    },
    { name: "Jobs running", value: number(sum(queues, "running")), values: history.of("Jobs running"), note: paused ? `${plural(paused, "queue")} paused` : "all queues open" },
    { name: "Jobs done", value: `${number(rounded(done.at(-1) ?? 0))}/s`, values: done, note: `at most ${number(rounded(Math.max(0, ...done)))}/s in the last minute` },
    { name: "Jobs failed", value: number(failed), note: failed ? "kept under Failed" : "none kept", tone: failed ? "bad" : "" },
  ];
}

function busyNote(children) {
  const busy = children.filter((child) => child.state === "busy").length;
  const restarts = children.reduce((total, child) => total + child.restarts, 0);
  return `${busy} busy · ${plural(restarts, "restart")}`;
}

function createFigure() {
  const name = h("dt");
  const value = h("dd", { class: "figure-value" });
  const note = h("dd", { class: "figure-note" });
  const line = createSparkline();
  const drawing = h("dd", { class: "figure-line" }, line.node);
  return {
    node: h("div", { class: "figure" }, name, value, drawing, note),
    update(figure) {
      setText(name, figure.name);
      setText(value, figure.value);
      setText(note, figure.note);
      setData(value, "tone", figure.tone ?? "");
      line.update(figure.values ?? []);
      setHidden(drawing, !figure.values);
    },
  };
}
