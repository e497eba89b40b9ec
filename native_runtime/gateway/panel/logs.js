// The log of one child: followed as it is written, held still, and searched.
import { button, emptiness, h, keyed, setData, setHidden, setText } from "./dom.js";
import { number, plural } from "./format.js";
import { LogBuffer } from "./log_buffer.js";
import { LogFeed } from "./log_feed.js";
import { copyText } from "./notices.js";
import { VirtualRows } from "./virtual.js";

const LONGEST_SHOWN = 2_000; // characters of a line; laying out more of them costs frames

/** `root`: where the lines go; `filter`: the form with child, text and errors; `acts`: for the buttons. */
export function createLogs(root, filter, acts, choose) {
  const { child: select, text, errors } = filter.elements;
  let buffer = new LogBuffer();
  let feed = null;
  let name = null;
  let held = null; // the lines that stand still, or null while the log is followed
  let heldAt = 0;
  let problem = "";
  let isLoading = false;
  let lastTop = 0;
  let isScheduled = false;

  const list = h("div", { class: "log-lines" });
  const box = h("div", { class: "log", role: "log", "aria-live": "off", tabindex: "0", "aria-label": "Output" }, list);
  const status = h("p", { class: "log-status" }); // counts lines: read out, it would never be silent
  const mode = h("p", { class: "sr", role: "status" });
  const empty = emptiness("", "");
  root.append(box, empty, status);
  root.after(mode);
  const rows = new VirtualRows(list, { create: createLine, keyOf: (line) => line.number, scroller: box });

  const follow = button("Pause", () => (held ? resume() : pause()));
  const copy = button("Copy", () => copyText(lines().map((line) => line.text).join("\n"), `${plural(lines().length, "line")} copied`), { kind: "quiet", title: "Copy the lines that are listed" });
  const clear = button("Clear", () => {
    buffer.clear();
    resume();
  }, { kind: "quiet", title: "Empty this list; the log file keeps everything" });
  acts.append(copy, clear, follow);

  filter.addEventListener("submit", (event) => event.preventDefault());
  for (const field of [text, errors]) {
    field.addEventListener("input", () => {
      buffer.search(text.value, errors.checked);
      resume();
    });
  }
  select.addEventListener("change", () => choose(select.value));
  box.addEventListener("scroll", () => {
    if (box.scrollTop < lastTop - 1) pause(); // a person went up; what is written only ever leads down
    lastTop = box.scrollTop;
  }, { passive: true });
  box.addEventListener("keydown", (event) => event.key === "End" && resume());

  const lines = () => held ?? buffer.shown;

  function pause() {
    if (held) return;
    held = [...buffer.shown];
    heldAt = buffer.total;
    setText(mode, "The log is held still");
    soon();
  }

  function resume() {
    if (held) setText(mode, "The log is followed");
    held = null;
    soon();
  }

  /** However fast lines come, they are drawn once a frame. */
  function soon() {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  }

  function draw() {
    const shown = lines();
    const isEmpty = shown.length === 0;
    root.ariaBusy = String(isLoading);
    setHidden(box, isEmpty);
    setHidden(empty, !isEmpty || isLoading);
    if (isEmpty) drawEmptiness();
    rows.show(shown.length, (index) => shown[index], { atEnd: !held });
    lastTop = box.scrollTop;
    const waiting = buffer.total - heldAt;
    setText(follow, held ? "Follow" : "Pause");
    setText(status, held ? `Held still; ${plural(waiting, "new line")}` : isEmpty ? "" : `Following; ${searched() ? `${number(shown.length)} of ${plural(buffer.length, "line")}` : plural(buffer.length, "line")}`);
    setData(status, "state", held ? "held" : "follows");
    for (const each of [follow, copy, clear]) each.disabled = name === null;
  }

  const searched = () => text.value !== "" || errors.checked;

  function drawEmptiness() {
    const [title, what] =
      problem ? ["The log cannot be shown", problem]
      : name === null ? ["No process to look into", "Workers and processes write here once they run."]
      : searched() ? ["Nothing matches", "No line has what you search for. Lines that come are searched, too."]
      : ["Nothing written yet", `What ${name} writes to its output shows here as it comes.`];
    setText(empty.firstElementChild, title);
    setText(empty.lastElementChild, what);
  }

  return {
    /** Show the log of `wanted`, or none. */
    open(wanted) {
      if (wanted === name && feed !== null) return;
      feed?.close();
      [feed, name, held, problem, isLoading] = [null, wanted, null, "", wanted !== null];
      setText(mode, "");
      buffer = new LogBuffer();
      buffer.search(text.value, errors.checked);
      box.setAttribute("aria-label", wanted === null ? "Output" : `Output of ${wanted}`);
      if (wanted !== null) {
        feed = new LogFeed(wanted, {
          onStart(latest) {
            [isLoading, problem] = [false, ""];
            buffer.clear();
            buffer.add(latest);
            soon();
          },
          onLines(more) {
            buffer.add(more);
            soon();
          },
          onError(error) {
            [isLoading, problem] = [false, error.message];
            soon();
          },
        });
      }
      soon();
    },
    close() {
      feed?.close();
      feed = null;
    },
    /** These children can be chosen. */
    update(children) {
      const names = children.map((child) => child.name);
      const offered = name === null || names.includes(name) ? names : [name, ...names]; // gone, and looked at yet
      keyed(select, offered, (each) => each, (each) => ({ node: h("option", { value: each, text: each }), update() {} }));
      if (name !== null && select.value !== name) select.value = name;
    },
  };
}

function createLine() {
  const mark = h("span", { class: "log-mark" });
  const text = h("span", { class: "log-text" });
  return {
    node: h("div", { class: "log-line" }, mark, text),
    update(line) {
      setData(text.parentElement, "kind", line.kind);
      setText(mark, line.kind === "err" ? "err" : "");
      setText(text, line.text.length > LONGEST_SHOWN ? `${line.text.slice(0, LONGEST_SHOWN)} …` : line.text);
    },
  };
}
