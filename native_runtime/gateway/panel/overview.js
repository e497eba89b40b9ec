// The top of the page: is all well, and the figures at a glance.
import { h, keyed, setData, setHidden, setText } from "./dom.js";
import { duration, number, plural, span } from "./format.js";

const DEAD = new Set(["stopped", "failed", "backoff", "crash_looping"]);

const appName = document.getElementById("app-name");
const health = document.getElementById("health");
const facts = document.getElementById("facts");
const problems = document.getElementById("problems");
const figures = document.getElementById("figures");
const version = document.getElementById("version");

export function showOverview({ runtime, children, queues }, age) {
  setText(appName, runtime.app);
  if (document.title !== runtime.app) document.title = runtime.app;
  setText(health, runtime.healthy ? "Healthy" : plural(runtime.problems.length, "problem"));
  setData(health, "tone", runtime.healthy ? "good" : "bad");
  setText(facts, `pid ${runtime.pid} · up ${span(runtime.uptime + age)}`);
  setText(version, `native-runtime ${runtime.version}`);
  setHidden(problems, runtime.healthy);
  keyed(problems.querySelector("ul"), runtime.problems, (text) => text, (text) => ({
    node: h("li", { text }),
    update() {},
  }));
  keyed(figures, figuresOf(children, queues), (figure) => figure.name, createFigure);
}

function figuresOf(children, queues) {
  const sum = (key) => queues.reduce((total, queue) => total + queue[key], 0);
  const alive = children.filter((child) => !DEAD.has(child.state)).length;
  const oldest = Math.max(-1, ...queues.map((queue) => queue.oldest_age ?? -1));
  const paused = queues.filter((queue) => queue.paused).length;
  const delayed = sum("delayed");
  return [
    { name: "Children alive", value: `${alive} of ${children.length}`, note: busyNote(children), tone: "" },
    {
      name: "Jobs waiting", value: number(sum("ready")), tone: "",
      note: [oldest >= 0 ? `oldest ${duration(oldest)}` : "nobody waits", delayed ? `${number(delayed)} delayed` : ""].filter(Boolean).join(" · "),
    },
    { name: "Jobs running", value: number(sum("running")), note: paused ? `${plural(paused, "queue")} paused` : "all queues open", tone: "" },
    { name: "Jobs failed", value: number(sum("failed")), note: sum("failed") ? "see Failed" : "none kept", tone: sum("failed") ? "bad" : "" },
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
  return {
    node: h("div", { class: "figure" }, name, value, note),
    update(figure) {
      setText(name, figure.name);
      setText(value, figure.value);
      setText(note, figure.note);
      setData(value, "tone", figure.tone);
    },
  };
}
