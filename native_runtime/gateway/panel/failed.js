// Failed jobs, each with its message and traceback, to be retried or forgotten.
import { button, emptiness, h, keyed, setHidden, setText } from "./dom.js";
import { ago, plural, shortName, words } from "./format.js";
import { path, post } from "./api.js";
import { block, confirmed, factList } from "./dialogs.js";

export function createFailed(root, acts, act) {
  const list = h("ul", { class: "cards" });
  const empty = emptiness("No failed jobs", "A job that failed as often as it may is kept here, with its traceback.");
  root.append(list, empty);
  let count = 0;
  const retryAll = button("Retry all", () => act(() => post("api/failed/retry"), (answer) => `${plural(answer.retried, "job")} run again`));
  const flush = button("Delete all", async () => {
    const sure = await confirmed(`Delete ${plural(count, "failed job")}?`, "Their arguments and tracebacks are deleted, too. They cannot be brought back.", "Delete jobs");
    if (sure) await act(() => post("api/failed/flush"), (answer) => `${plural(answer.removed, "job")} deleted`);
  }, { kind: "danger" });
  acts.append(retryAll, flush);
  return {
    update(jobs) {
      count = jobs.length;
      setHidden(list, count === 0);
      setHidden(empty, count > 0);
      setHidden(acts, count === 0);
      keyed(list, jobs, (job) => `${job.id} ${job.failed_at}`, (job) => createFailedJob(job, act));
    },
  };
}

function createFailedJob({ id, job: name, queue, outcome, attempts, error, traceback }, act) {
  const when = h("span", { class: "muted" });
  const retry = button("Retry", () => act(() => post(path("jobs", id, "retry")), `${shortName(name)} runs again`), { label: `Retry job ${id}` });
  const forget = button("Delete", async () => {
    const sure = await confirmed(`Delete ${shortName(name)}?`, `Job ${id} is deleted with its arguments and traceback.`, "Delete job");
    if (sure) await act(() => post(path("jobs", id, "forget")), "The job is deleted");
  }, { kind: "quiet", label: `Delete job ${id}` });
  return {
    node: h("li", { class: "card" },
      h("div", { class: "card-head" },
        h("div", { class: "card-title" }, h("span", { class: "title", text: shortName(name), title: name }), h("span", { class: "pill", data: { tone: "bad" }, text: words(outcome) }), h("span", { class: "tag", text: queue })),
        when, h("div", { class: "acts" }, retry, forget)),
      h("p", { class: "card-error", text: error || "No message was left." }),
      h("details", {}, h("summary", { text: traceback ? "Traceback and details" : "Details" }),
        factList([["Job", name], ["Id", id], ["Attempts", attempts]]), block("Traceback", traceback))),
    update(job) {
      setText(when, ago(job.failed_at));
    },
  };
}
