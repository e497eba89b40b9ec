// What a child runs, how much it does and how much memory it takes, as cells of its row.
import { h, setData, setHidden, setLabel, setText } from "./dom.js";
import { duration, megabytes, number, plural, rounded, shortName } from "./format.js";
import { createSparkline } from "./sparkline.js";

/** The job in hand, and since when. */
export function jobCell() {
  const none = h("span", { class: "muted", text: "–" });
  const name = h("span", { class: "title" });
  const sub = h("span", { class: "sub" });
  return {
    node: h("div", {}, none, name, sub),
    update(job, age) {
      setHidden(none, Boolean(job));
      setText(name, job ? shortName(job.name) : "");
      if (job && name.title !== `${job.name} (${job.id})`) name.title = `${job.name} (${job.id})`;
      setText(sub, job ? `${job.attempt > 1 ? `attempt ${job.attempt} · ` : ""}${duration(job.seconds + age)}` : "");
    },
  };
}

/** Jobs a second with their last minute, and how many its process has done. */
export function paceCell(paces) {
  const rate = h("span");
  const sub = h("span", { class: "sub" });
  const line = createSparkline();
  const node = h("div", { class: "pace" }, rate, line.node, sub);
  return {
    node,
    update({ name, jobs_done: done, jobs_failed: failed }) {
      const pace = paces.of(name);
      setText(rate, pace === null ? "–" : number(rounded(pace)));
      line.update(done === null ? [] : paces.line(name));
      setText(sub, done === null ? "" : failed ? `${number(done)} · ${number(failed)} failed` : `${number(done)} done`);
      const title = done === null ? "" : `${plural(done, "job")} done, ${plural(failed, "attempt")} failed since this process began`;
      if (node.title !== title) node.title = title;
    },
  };
}

/** A bar against the hard limit, with a notch at the soft one; a plain figure where there are no limits. */
export function memoryCell({ memory_mb: soft, memory_kill_mb: hard }) {
  const text = h("span");
  if (!hard) return { node: h("div", {}, text), update: (child) => setText(text, megabytes(child.rss_mb)) };
  const fill = h("span", { class: "meter-fill" });
  const notch = h("span", { class: "meter-notch" });
  const meter = h("span", { class: "meter", role: "img" }, fill, notch);
  notch.style.insetInlineStart = `${(100 * soft) / hard}%`;
  return {
    node: h("div", { class: "memory" }, h("span", {}, text, h("span", { class: "muted", text: ` / ${megabytes(soft)}` })), meter),
    update(child) {
      const used = child.rss_mb ?? 0;
      setText(text, megabytes(child.rss_mb));
      fill.style.inlineSize = `${Math.min(100, (100 * used) / hard)}%`;
      setData(meter, "tone", used > soft ? (used > 0.9 * hard ? "bad" : "warn") : "good");
      setLabel(meter, `${megabytes(child.rss_mb)}; recycled after a job over ${megabytes(soft)}, killed over ${megabytes(hard)}`);
      if (meter.title !== meter.ariaLabel) meter.title = meter.ariaLabel;
    },
  };
}
