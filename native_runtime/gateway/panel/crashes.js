// Crash reports: one line each, and the whole report when it is opened.
import { button, emptiness, h, keyed, setHidden, setText } from "./dom.js";
import { ago, duration, megabytes, moment, words } from "./format.js";
import { get, path } from "./api.js";
import { block, factList } from "./dialogs.js";
import { copyText } from "./notices.js";
import { createSparkline } from "./sparkline.js";

const MEGABYTE = 1024 * 1024;

export function createCrashes(root, act) {
  const list = h("ul", { class: "cards" });
  const empty = emptiness("No crashes", "When a process dies of a signal, an error, a timeout or its memory, a report is kept here.");
  root.append(list, empty);
  return {
    update(reports) {
      root.ariaBusy = "false";
      setHidden(list, reports.length === 0);
      setHidden(empty, reports.length > 0);
      keyed(list, reports, (report) => report.id, (report) => createReport(report, act));
    },
  };
}

function createReport(report, act) {
  const when = h("span", { class: "muted" });
  const body = h("div", { class: "report", text: "Loading…" });
  const details = h("details", {}, h("summary", { text: "Report" }, h("span", { class: "sr", text: ` of ${report.child}` })), body);
  details.addEventListener("toggle", () => {
    if (details.open && body.childElementCount === 0) act(async () => showReport(body, await get(path("crashes", report.id))));
  });
  return {
    node: h("li", { class: "card" },
      h("div", { class: "card-head" },
        h("div", { class: "card-title" }, h("span", { class: "title", text: report.child }), h("span", { class: "pill", data: { tone: "bad" }, text: words(report.reason) }),
          h("span", { class: "card-error", text: report.detail || report.signal || `exit code ${report.exit_code}` })),
        when),
      details),
    update(next) {
      setText(when, ago(next.at));
      if (when.title !== next.at) when.title = next.at;
    },
  };
}

function showReport(body, report) {
  const copy = button("Copy report", () => copyText(JSON.stringify(report, null, 2), "The report is copied"));
  const log = h("a", { class: "button", href: `#logs/${encodeURIComponent(report.child)}`, text: `Log of ${report.child}` });
  body.replaceChildren(
    factList([
      ["At", moment(report.at)], ["Exit code", report.exit_code], ["Signal", report.signal], ["Pid", report.pid],
      ["Uptime", duration(report.uptime)], ["Job", report.job && `${report.job.name} (${report.job.id}), attempt ${report.job.attempt}`],
      ["File", report.path],
    ]),
    ...[memoryBlock(report.memory), block("Traceback", report.traceback), block("Last output", report.output.join("\n"))].filter(Boolean),
    h("div", { class: "acts report-acts" }, log, copy),
  );
  const output = body.querySelector("[aria-label='Last output']");
  if (output) output.scrollTop = output.scrollHeight; // the very last words say most
}

/** How its memory went, from the samples before the end. */
function memoryBlock(samples) {
  if (samples.length < 2) return null;
  const line = createSparkline();
  line.update(samples.map(([, bytes]) => bytes));
  const [first, last] = [samples[0], samples.at(-1)];
  const highest = Math.max(...samples.map(([, bytes]) => bytes));
  const text = `${megabytes(last[1] / MEGABYTE)} at the last look, at most ${megabytes(highest / MEGABYTE)}, over the ${duration(last[0] - first[0])} before`;
  return h("section", { class: "block" }, h("h3", { text: "Memory" }), h("div", { class: "memory-line" }, line.node), h("p", { class: "sub", text }));
}
