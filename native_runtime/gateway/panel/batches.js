// Batches: how far each is, and what can be done with one.
import { button, gridCell, h, setData, setHidden, setLabel, setText } from "./dom.js";
import { ago, moment, named, number, percent, plural, shortName, words } from "./format.js";
import { get, path, post } from "./api.js";
import { confirmed, showDetails } from "./dialogs.js";
import { createPagedTable } from "./paged_table.js";

const TONES = { running: "busy", success: "good", failed: "bad", cancelled: "quiet" };
const NUMBERS = ["Pending", "Failed", "Cancelled"];
const COLUMNS = [
  { text: "Batch" }, { text: "State" }, { text: "Progress" }, ...NUMBERS.map((text) => ({ text, class: "num" })),
  { text: "Created", class: "num" }, { name: "Actions", class: "acts-cell" },
];

const titleOf = ({ id, name }) => name || id;

export function createBatches(root, act, onChange, refresh) {
  return createPagedTable(root, {
    name: "Batches", columns: COLUMNS, refresh, onChange,
    empty: ["No batches", "Jobs that were dispatched together with batch(…) show here, with how far they are."],
    fetch: async (query) => {
      const { batches, total } = await get(`api/batches?${query}`);
      return { items: batches, total };
    },
    create: (batch) => createBatch(batch, act),
  });
}

function createBatch({ id, name }, act) {
  let batch = null;
  const title = titleOf({ id, name });
  const state = h("span", { class: "pill" });
  const bar = h("progress", { max: "1" });
  const done = h("span", { class: "sub" });
  const numbers = NUMBERS.map(() => h("span"));
  const created = h("span");
  const show = button(title, () => act(() => showBatch(id)), { kind: "link", label: `Details of batch ${title}` });
  const cancel = button("Cancel", async () => {
    const sure = await confirmed(`Cancel ${named(title)}?`, `${plural(batch.pending, "job")} will not run, or is asked to stop. What follows its success never runs.`, "Cancel batch");
    if (sure) await act(() => post(path("batches", id, "cancel")), (answer) => (answer.status === "cancelled" ? "The batch is cancelled" : "The running jobs of the batch are asked to stop"));
  }, { kind: "quiet", label: `Cancel batch ${title}` });
  return {
    node: h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader", class: "name" }, show, name ? h("span", { class: "sub mono clip", text: id, title: id }) : null),
      gridCell("State", {}, state),
      gridCell("Progress", {}, h("div", { class: "progress" }, bar, done)),
      ...NUMBERS.map((label, index) => gridCell(label, { class: "num" }, numbers[index])),
      gridCell("Created", { class: "num" }, created),
      gridCell("Actions", { class: "acts-cell" }, h("div", { class: "acts" }, cancel))),
    update(next) {
      batch = next;
      setText(state, words(batch.status));
      setData(state, "tone", TONES[batch.status] ?? "bad");
      bar.value = batch.progress;
      setLabel(bar, `Progress of ${title}`);
      setText(done, `${percent(batch.progress * 100)} of ${plural(batch.total, "job")}`);
      NUMBERS.forEach((label, index) => {
        const value = batch[label.toLowerCase()];
        setText(numbers[index], number(value));
        setData(numbers[index], "tone", value === 0 ? "zero" : label === "Failed" ? "bad" : "");
      });
      setText(created, ago(batch.created_at));
      setHidden(cancel, batch.status !== "running");
    },
  };
}

async function showBatch(id) {
  const batch = await get(path("batches", id));
  showDetails(titleOf(batch), [
    ["Id", batch.id], ["State", words(batch.status)], ["Jobs", number(batch.total)], ["Succeeded", number(batch.succeeded)],
    ["Failed", number(batch.failed)], ["Cancelled", number(batch.cancelled)], ["Pending", number(batch.pending)],
    ["Created", moment(batch.created_at)], ["Ended", batch.ended_at && moment(batch.ended_at)], ["Caused by", batch.cause.join(" → ")],
  ], [
    [batch.jobs.length < batch.total ? `Its first ${plural(batch.jobs.length, "job")}` : "Its jobs",
      batch.jobs.map((job) => [job.id, shortName(job.job), words(job.state), job.error].filter(Boolean).join("  ")).join("\n")],
  ]);
}
