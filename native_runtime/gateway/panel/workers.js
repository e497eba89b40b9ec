// Workers with their processes, and plain processes: what they are doing, and the buttons that change it.
import { button, cell, emptiness, h, keyed, setData, setHidden, setText, table } from "./dom.js";
import { jobCell, memoryCell, paceCell } from "./child_cells.js";
import { VirtualRows } from "./virtual.js";
import { ago, duration, named, number, percent, plural, shortName, span, words } from "./format.js";
import { path, post } from "./api.js";
import { confirmed } from "./dialogs.js";

const TONES = {
  starting: "busy", running: "good", idle: "good", busy: "busy", stopping: "warn", stopped: "quiet",
  backoff: "warn", crash_looping: "bad", failed: "bad",
};
const DEAD = new Set(["stopped", "failed", "backoff", "crash_looping"]);
const CALM_EXITS = new Set(["clean", "recycled", "stopped"]);
const PLAIN = { name: "", plain: true };

const COLUMNS = [
  { text: "Name" }, { text: "State" }, { text: "Job" }, { text: "Jobs/s" }, { text: "Memory" }, { text: "CPU", class: "num" },
  { text: "Uptime", class: "num" }, { text: "Restarts", class: "num" }, { name: "Actions", class: "acts-cell" },
];

/** `paces`: how many jobs each child ends in a second. */
export function createWorkers(root, act, paces) {
  const grid = table("Workers and processes", COLUMNS);
  grid.classList.add("grid", "workers");
  const empty = emptiness("No workers yet", "Name some under [workers.…] in workers.toml, or start a process from your app.");
  root.append(grid, empty);
  return {
    update(status, age) {
      const bodies = bodiesOf(groupsOf(status));
      setHidden(grid, bodies.length === 0);
      setHidden(empty, bodies.length > 0);
      keyed(grid, bodies, (body) => body.key, (body) => (body.isHead ? createHead(body, act) : createChildren(body, act, paces)));
      for (const [, part] of grid.parts) part.tick(age);
    },
  };
}

/** Each worker with its children, in the file's order; then whatever belongs to no worker. */
function groupsOf({ workers, children }) {
  const groups = workers.map((worker) => ({ worker, children: children.filter((child) => child.worker === worker.name) }));
  const known = new Set(workers.map((worker) => worker.name));
  const others = children.filter((child) => !known.has(child.worker));
  return others.length ? [...groups, { worker: PLAIN, children: others }] : groups;
}

/** For each group a body with its heading and one with its children; `before` counts the rows above, `total` all. */
function bodiesOf(groups) {
  const total = groups.reduce((sum, group) => sum + 1 + group.children.length, 0);
  let before = 0;
  return groups.flatMap((group) => {
    const head = { ...group, key: `head ${group.worker.name}`, isHead: true, before };
    const rows = { ...group, key: `rows ${group.worker.name}`, isHead: false, before: before + 1, total };
    before += 1 + group.children.length;
    return [head, rows];
  });
}

function createHead({ worker }, act) {
  const header = worker.plain ? plainHeader() : workerHeader(worker, act);
  const row = h("tr", { role: "row", class: "group" }, header.node);
  return {
    node: h("tbody", { role: "rowgroup" }, row),
    tick() {},
    update({ worker: next, children, before }) {
      row.ariaRowIndex = String(before + 2);
      header.update(next, children);
    },
  };
}

function createChildren({ worker }, act, paces) {
  const node = h("tbody", { role: "rowgroup" });
  let age = 0;
  const rows = new VirtualRows(node, {
    keyOf: (child) => child.name,
    create: (child) => {
      const part = createChild(child, worker, act, paces);
      return { node: part.node, tick: part.tick, update: (next) => (part.update(next), part.tick(age)) };
    },
  });
  return {
    node,
    tick(now) {
      age = now;
      for (const part of rows.parts) part.tick(age);
    },
    update: ({ children, before, total }) => rows.show(children.length, (index) => children[index], { before, total }),
  };
}

function plainHeader() {
  const count = h("span", { class: "muted" });
  return {
    node: h("th", { scope: "rowgroup", role: "rowheader", colspan: COLUMNS.length },
      h("div", { class: "group-head" }, h("span", { class: "group-name", text: "Processes" }), count)),
    update(_, children) {
      setText(count, plural(children.length, "process", "processes"));
    },
  };
}

function workerHeader({ name }, act) {
  const queues = h("span", { class: "tags" });
  const wanted = h("output", { class: "stepper-value" });
  let processes = 0;
  const scale = (by) => act(() => post(path("workers", name, "scale"), { processes: processes + by }), `${name}: ${plural(processes + by, "process", "processes")} wanted`);
  const less = button("−", () => scale(-1), { kind: "step", label: `One process less for ${name}` });
  const more = button("+", () => scale(1), { kind: "step", label: `One process more for ${name}` });
  const auto = button("Auto", () => act(() => post(path("workers", name, "scale"), { processes: "auto" }), `${name} follows its jobs again`), { kind: "quiet", label: `Let the number of processes of ${name} follow its jobs` });
  const limits = h("span", { class: "sub" });
  const restart = button("Restart", () => act(() => post(path("workers", name, "restart")), `${name} restarts`), { label: `Restart worker ${name}` });
  const down = button("Stop", async () => {
    const sure = await confirmed(`Stop worker ${name}?`, "Its processes finish the job in hand and leave. Jobs in its queues wait until a worker serves them again.", "Stop worker");
    if (sure) await act(() => post(path("workers", name, "down")), `${name} stops`);
  }, { label: `Stop worker ${name}` });
  const up = button("Start", () => act(() => post(path("workers", name, "up")), `${name} starts`), { kind: "primary", label: `Start worker ${name}` });
  return {
    node: h("th", { scope: "rowgroup", role: "rowheader", colspan: COLUMNS.length },
      h("div", { class: "group-head" },
        h("span", { class: "group-name", text: name }), queues,
        h("div", { class: "acts" },
          limits, auto,
          h("div", { class: "stepper", role: "group", "aria-label": `Processes of ${name}` }, less, wanted, more),
          restart, down, up))),
    update(worker) {
      processes = worker.processes;
      setText(wanted, plural(processes, "process", "processes"));
      keyed(queues, worker.queues, (queue) => queue, (queue) => ({ node: h("span", { class: "tag", text: queue }), update() {} }));
      setText(limits, { auto: `auto, ${worker.min} to ${worker.max}`, hand: "by hand" }[worker.scaling] ?? "");
      setHidden(limits, !worker.up || worker.scaling === "file");
      setHidden(auto, !worker.up || worker.scaling !== "hand");
      less.disabled = !worker.up || processes <= 0;
      more.disabled = !worker.up;
      setHidden(restart, !worker.up);
      setHidden(down, !worker.up);
      setHidden(up, worker.up);
    },
  };
}

function createChild({ name }, worker, act, paces) {
  let child = null;
  const pid = h("span", { class: "sub mono" });
  const state = h("span", { class: "pill" });
  const exit = h("span", { class: "sub clip" });
  const job = jobCell();
  const pace = paceCell(paces);
  const memory = memoryCell(worker);
  const cpu = h("span");
  const up = h("span");
  const restarts = h("span");
  const address = (verb) => path("processes", name, verb);
  const restart = button("Restart", () => act(() => post(address("restart")), `${named(name)} restarts`), { kind: "quiet", label: `Restart ${name}` });
  const stop = button("Stop", async () => {
    const sure = await confirmed(`Stop ${named(name)}?`, stopText(child), "Stop");
    if (sure) await act(() => post(address("stop")), `${named(name)} has stopped`);
  }, { kind: "quiet", label: `Stop ${name}` });
  const log = h("a", { class: "button quiet", href: `#logs/${encodeURIComponent(name)}`, "aria-label": `Log of ${name}`, text: "Log" });
  const start = button("Start", () => act(() => post(address("start")), `${named(name)} starts`), { kind: "primary", label: `Start ${name}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, h("span", { class: "title", text: name }), pid),
      cell("State", {}, state, exit), cell("Job", { class: "job" }, job.node), cell("Jobs/s", {}, pace.node), cell("Memory", {}, memory.node),
      cell("CPU", { class: "num" }, cpu), cell("Uptime", { class: "num" }, up), cell("Restarts", { class: "num" }, restarts),
      cell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, log, restart, start, stop))),
    update(next) {
      child = next;
      const dead = DEAD.has(child.state);
      setText(pid, child.pid === null ? "no process" : `pid ${child.pid}`);
      setText(state, words(child.state));
      setData(state, "tone", TONES[child.state] ?? "quiet");
      memory.update(child);
      pace.update(child);
      setText(cpu, percent(child.cpu_percent));
      setText(restarts, number(child.restarts));
      setHidden(restart, dead);
      setHidden(start, !dead);
      setText(start, child.state === "stopped" ? "Start" : "Retry now");
      setHidden(stop, child.state === "stopped" || child.state === "failed");
      stop.disabled = restart.disabled = child.state === "stopping";
    },
    tick(age) {
      setText(up, child.uptime === null ? "–" : span(child.uptime + age));
      setText(exit, exitText(child, age));
      job.update(child.job, age);
    },
  };
}

function stopText({ job }) {
  const first = job ? `It runs ${shortName(job.name)} now; if the job does not finish in time, it runs again later. ` : "";
  return `${first}It stays down until somebody starts it again.`;
}

function exitText(child, age) {
  if (child.retry_in !== null && DEAD.has(child.state)) {
    return `${words(child.last_exit?.reason ?? "gone")}, again in ${duration(Math.max(0, child.retry_in - age))}`;
  }
  const exit = child.last_exit;
  return exit && !CALM_EXITS.has(exit.reason) ? `${words(exit.reason)} ${ago(exit.at)}` : "";
}
