// Jobs: search, progress, and what can be done with one.
import { button, cell, emptiness, h, keyed, setData, setHidden, setLabel, setText, table } from "./dom.js";
import { ago, moment, number, percent, shortName, words } from "./format.js";
import { get, path, post } from "./api.js";
import { confirmed, showDetails } from "./dialogs.js";
import { createPager } from "./pager.js";

const TONES = { ready: "quiet", delayed: "quiet", running: "busy", success: "good", cancelled: "quiet" };
const OPEN = new Set(["ready", "delayed", "running"]);
const COLUMNS = [
  { text: "Job" }, { text: "State" }, { text: "Queue" }, { text: "Progress" }, { text: "Attempts", class: "num" },
  { text: "Created", class: "num" }, { name: "Actions" },
];

export const toneOf = (state) => TONES[state] ?? "bad";

export function createJobs(root, filter, pager, act, refresh) {
  const grid = table("Jobs", COLUMNS);
  const body = h("tbody", { role: "rowgroup" });
  grid.append(body);
  const empty = emptiness("No such jobs", "Nothing matches. Successful jobs leave the list when their time is over.");
  root.append(grid, empty);
  const pages = createPager(pager, refresh);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => {
    pages.reset();
    refresh();
  });

  return {
    load() {
      const wanted = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value !== ""));
      for (const [key, value] of Object.entries(pages.wanted())) wanted.set(key, value);
      return get(`api/jobs?${wanted}`);
    },
    update({ jobs, total }) {
      setHidden(grid, jobs.length === 0);
      setHidden(empty, jobs.length > 0);
      keyed(body, jobs, (job) => job.id, (job) => createJob(job, act));
      pages.update(jobs.length, total);
    },
    offerQueues(queues) {
      const select = filter.elements.queue;
      keyed(select, [{ name: "" }, ...queues], (queue) => queue.name, (queue) => ({
        node: queue.name === "" ? select.options[0] : h("option", { value: queue.name, text: queue.name }),
        update() {},
      }));
    },
  };
}

function createJob({ id, job: name }, act) {
  let job = null;
  const state = h("span", { class: "pill" });
  const error = h("span", { class: "sub clip" });
  const queue = h("span");
  const progress = progressBar();
  const attempts = h("span");
  const created = h("span");
  const show = button(shortName(name), () => act(() => showJob(id)), { kind: "link", label: `Details of job ${name}, ${id}` });
  const retry = button("Retry", () => act(() => post(path("jobs", id, "retry")), "The job runs again"), { kind: "quiet", label: `Retry job ${id}` });
  const cancel = button("Cancel", async () => {
    const sure = await confirmed(`Cancel ${shortName(name)}?`, job.state === "running" ? "It runs now and is asked to stop." : "It has not begun and will not run.", "Cancel job");
    if (sure) await act(() => post(path("jobs", id, "cancel")), (answer) => (answer.state === "cancelled" ? "The job is cancelled" : "The job is asked to stop"));
  }, { kind: "quiet", label: `Cancel job ${id}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, show, h("span", { class: "sub mono clip", text: id, title: id })),
      cell("State", {}, state, error), cell("Queue", {}, queue), cell("Progress", {}, progress.node),
      cell("Attempts", { class: "num" }, attempts), cell("Created", { class: "num" }, created),
      cell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, retry, cancel))),
    update(next) {
      job = next;
      setText(state, job.cancel_requested && job.state === "running" ? "cancelling" : words(job.state));
      setData(state, "tone", toneOf(job.state));
      setText(error, job.error);
      if (error.title !== job.error) error.title = job.error;
      setText(queue, job.queue);
      progress.update(job);
      setText(attempts, job.tries === null ? number(job.attempts) : `${job.attempts} of ${job.tries}`);
      setText(created, ago(job.created_at));
      setHidden(retry, OPEN.has(job.state) || job.state === "success");
      setHidden(cancel, !OPEN.has(job.state) || job.cancel_requested);
    },
  };
}

function progressBar() {
  const bar = h("progress", { max: "1" });
  const text = h("span", { class: "sub" });
  const none = h("span", { class: "muted", text: "–" });
  const box = h("div", { class: "progress" }, bar, text);
  return {
    node: h("div", {}, box, none),
    update(job) {
      const shown = job.state === "running" && job.progress !== null;
      setHidden(box, !shown);
      setHidden(none, shown);
      if (!shown) return;
      bar.value = job.progress;
      setLabel(bar, `Progress of ${job.job}`);
      setText(text, [percent(job.progress * 100), job.progress_note].filter(Boolean).join(" · "));
    },
  };
}

async function showJob(id) {
  const job = await get(path("jobs", id));
  showDetails(job.job, [
    ["Id", job.id], ["State", words(job.state)], ["Queue", job.queue], ["Worker", job.worker], ["Priority", job.priority],
    ["Attempts", job.tries === null ? job.attempts : `${job.attempts} of ${job.tries}`], ["Created", moment(job.created_at)], ["Started", job.started_at && moment(job.started_at)],
    ["Finished", job.finished_at && moment(job.finished_at)], ["Caused by", job.cause.join(" → ")], ["Error", job.error],
  ], [
    ["Arguments", JSON.stringify(job.payload, null, 2)],
    ["Result", job.result === null ? "" : JSON.stringify(job.result, null, 2)],
    ["Traceback", job.traceback],
  ]);
}
