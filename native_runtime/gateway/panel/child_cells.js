// What a child runs and how much memory it takes, as cells of its row.
import { h, setData, setHidden, setLabel, setText } from "./dom.js";
import { duration, megabytes, shortName } from "./format.js";

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
