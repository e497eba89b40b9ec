// Failed jobs, however many, each with its message and traceback, to be retried or deleted.
import { button, gridCell, h, setHidden, setText } from "./dom.js";
import { ago, named, number, plural, shortName, words } from "./format.js";
import { get, path, post } from "./api.js";
import { confirmed } from "./dialogs.js";
import { showJob } from "./job_details.js";
import { createPagedTable } from "./paged_table.js";

const FAILURES = "failed,oom,timeout,crashed,lost";
const COLUMNS = [
  { text: "Job" }, { text: "Error" }, { text: "Queue" }, { text: "Attempts", class: "num" },
  { text: "Failed", class: "num" }, { name: "Actions", class: "acts-cell" },
];

export function createFailed(root, filter, acts, act, onChange, refresh) {
  let count = 0;
  const list = createPagedTable(root, {
    name: "Failed jobs", columns: COLUMNS, filter, refresh, onChange,
    empty: ["No failed jobs", "A job that failed as often as it may is kept here, with its traceback."],
    fetch: async (query) => {
      if (!query.has("state")) query.set("state", FAILURES);
      const { jobs, total } = await get(`api/jobs?${query}`);
      return { items: jobs, total };
    },
    keyOf: (job) => `${job.id} ${job.finished_at}`, // one that failed again is another entry
    create: (job) => createFailedJob(job, act),
  });
  const retryAll = button("Retry all…", async () => {
    const sure = await confirmed(`Run ${plural(count, "failed job")} again?`, "Each gets all its tries back, whatever you search for here; what they left as error and traceback is gone once they run.", "Retry jobs", { isHarmless: true });
    if (sure) await act(() => post("api/failed/retry"), (answer) => `${plural(answer.retried, "job")} run again`);
  });
  const flush = button("Delete all…", async () => {
    const sure = await confirmed(`Delete ${plural(count, "failed job")}?`, "All of them, whatever you search for here, with arguments and tracebacks. They cannot be brought back.", "Delete jobs");
    if (sure) await act(() => post("api/failed/flush"), (answer) => `${plural(answer.removed, "job")} deleted`);
  }, { kind: "danger" });
  acts.append(retryAll, flush);
  return {
    load: list.load,
    /** `failed`: how many there are in all, searched for or not. */
    update(failed) {
      count = failed;
      setHidden(acts, count === 0);
      list.update();
    },
  };
}

function createFailedJob({ id, job: name, queue }, act) {
  const outcome = h("span", { class: "pill", data: { tone: "bad" } });
  const error = h("span", { class: "clip" });
  const attempts = h("span");
  const when = h("span");
  const show = button(shortName(name), () => act(() => showJob(id)), { kind: "link", label: `Details of failed job ${name}, ${id}` });
  const retry = button("Retry", () => act(() => post(path("jobs", id, "retry")), `${named(shortName(name))} runs again`), { kind: "quiet", label: `Retry job ${id}` });
  const forget = button("Delete", async () => {
    const sure = await confirmed(`Delete ${named(shortName(name))}?`, `Job ${named(id)} is deleted with its arguments and traceback.`, "Delete job");
    if (sure) await act(() => post(path("jobs", id, "forget")), "The job is deleted");
  }, { kind: "quiet", label: `Delete job ${id}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, show, h("span", { class: "sub mono clip", text: id, title: id })),
      gridCell("Error", { class: "error" }, outcome, error),
      gridCell("Queue", {}, h("span", { text: queue })), gridCell("Attempts", { class: "num" }, attempts),
      gridCell("Failed", { class: "num" }, when),
      gridCell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, retry, forget))),
    update(job) {
      setText(outcome, words(job.state));
      setText(error, job.error || "No message was left.");
      if (error.title !== job.error) error.title = job.error;
      setText(attempts, number(job.attempts));
      setText(when, ago(job.finished_at));
    },
  };
}
