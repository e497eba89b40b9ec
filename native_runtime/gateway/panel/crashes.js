// Crash reports: one line each, and the whole report when it is opened.
import { emptiness, h, keyed, setHidden, setText } from "./dom.js";
import { ago, duration, megabytes, moment, words } from "./format.js";
import { get, path } from "./api.js";
import { block, factList } from "./dialogs.js";

const MEGABYTE = 1024 * 1024;

export function createCrashes(root, act) {
  const list = h("ul", { class: "cards" });
  const empty = emptiness("No crashes", "When a child dies of a signal, an error, a timeout or its memory, a report is kept here.");
  root.append(list, empty);
  return {
    update(reports) {
      setHidden(list, reports.length === 0);
      setHidden(empty, reports.length > 0);
      keyed(list, reports, (report) => report.id, (report) => createReport(report, act));
    },
  };
}

function createReport(report, act) {
  const when = h("span", { class: "muted" });
  const body = h("div", { class: "report", text: "Loading…" });
  const details = h("details", {}, h("summary", { text: "Report" }), body);
  details.addEventListener("toggle", () => {
    if (details.open && body.childElementCount === 0) act(async () => showReport(body, await get(path("crashes", report.id))));
  });
  return {
    node: h("li", { class: "card" },
      h("div", { class: "card-head" },
        h("div", { class: "card-title" }, h("span", { class: "title", text: report.child }), h("span", { class: "pill", data: { tone: "bad" }, text: words(report.reason) })),
        when),
      h("p", { class: "card-error", text: report.detail || report.signal || `exit code ${report.exit_code}` }),
      details),
    update(next) {
      setText(when, ago(next.at));
    },
  };
}

function showReport(body, report) {
  const peak = Math.max(0, ...report.memory.map(([, bytes]) => bytes));
  body.replaceChildren(factList([
    ["At", moment(report.at)], ["Exit code", report.exit_code], ["Signal", report.signal], ["Pid", report.pid],
    ["Uptime", duration(report.uptime)], ["Job", report.job && `${report.job.name} (${report.job.id}), attempt ${report.job.attempt}`],
    ["Highest memory seen", peak ? megabytes(peak / MEGABYTE) : null], ["File", report.path],
  ]), ...[block("Traceback", report.traceback), block("Last output", report.output.join("\n"))].filter(Boolean));
}
