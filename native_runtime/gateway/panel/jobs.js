// Jobs: search, progress, and what can be done with one.
import { button, gridCell, h, keyed, setData, setHidden, setLabel, setText } from "./dom.js";
import { ago, named, number, percent, shortName, words } from "./format.js";
import { get, path, post } from "./api.js";
import { confirmed } from "./dialogs.js";
import { showJob } from "./job_details.js";
import { createPagedTable } from "./paged_table.js";

const TONES = { ready: "quiet", delayed: "quiet", running: "busy", success: "good", cancelled: "quiet" };
const OPEN = new Set(["ready", "delayed", "running"]);
const COLUMNS = [
  { text: "Job" }, { text: "State" }, { text: "Queue" }, { text: "Progress" }, { text: "Attempts", class: "num" },
  { text: "Created", class: "num" }, { name: "Actions", class: "acts-cell" },
];

export function createJobs(root, filter, act, onChange, refresh) {
  const list = createPagedTable(root, {
    name: "Jobs", columns: COLUMNS, filter, refresh, onChange,
    empty: ["Nothing dispatched yet", "What your app dispatches shows here. Jobs that succeeded leave the list when their time is over."],
    fetch: async (query) => {
      const { jobs, total } = await get(`api/jobs?${query}`);
      return { items: jobs, total };
    },
    create: (job) => createJob(job, act),
  });
  return {
    load: list.load,
    find: list.find,
    update: list.update,
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
    const sure = await confirmed(`Cancel ${named(shortName(name))}?`, job.state === "running" ? "It runs now and is asked to stop." : "It has not begun and will not run.", "Cancel job");
    if (sure) await act(() => post(path("jobs", id, "cancel")), (answer) => (answer.state === "cancelled" ? "The job is cancelled" : "The job is asked to stop"));
  }, { kind: "quiet", label: `Cancel job ${id}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, show, h("span", { class: "sub mono clip", text: id, title: id })),
      gridCell("State", {}, state, error), gridCell("Queue", {}, queue), gridCell("Progress", {}, progress.node),
      gridCell("Attempts", { class: "num" }, attempts), gridCell("Created", { class: "num" }, created),
      gridCell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, retry, cancel))),
    update(next) {
      job = next;
      setText(state, job.cancel_requested && job.state === "running" ? "cancelling" : words(job.state));
      setData(state, "tone", TONES[job.state] ?? "bad");
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
