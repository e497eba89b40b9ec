// What one child writes: its latest lines, and then each that follows, without a gap and without a double.
import { get, path } from "./api.js";
import { Live } from "./live.js";
import { duration, words } from "./format.js";
import { Refresh } from "./refresh.js";

const LATEST = 1000; // lines asked for at first
const PACE = 1_000; // milliseconds between two beginnings, however much is missed
const TYPES = ["MessageReceived", "ErrorReceived", "ProcessSpawned", "ProcessExited"];

export class LogFeed {
  #name;
  #handlers;
  #live = null;
  #isClosed = false;
  #begin = new Refresh(() => this.#beginAnew(), PACE);

  /**
   * `onStart(lines)`: these are the latest, whatever came before. `onLines(lines)`: these follow.
   * A line is `{text, kind}`; of kind `out`, `err`, or `note` for what the panel itself says.
   * `onError(error)`: they cannot be had.
   */
  constructor(name, handlers) {
    this.#name = name;
    this.#handlers = handlers;
    this.#begin.now();
  }

  close() {
    this.#isClosed = true;
    this.#live?.close();
  }

  async #beginAnew() {
    this.#live?.close();
    let log;
    try {
      log = await get(`${path("processes", this.#name, "logs")}?lines=${LATEST}`);
    } catch (error) {
      if (this.#isClosed) return;
      this.#handlers.onError(error);
      if (error.status === 0) this.#begin.soon(); // the app does not answer now, and may again
      return;
    }
    if (this.#isClosed) return;
    this.#handlers.onStart(log.lines.map(({ stream, text }) => ({ text, kind: stream === "stderr" ? "err" : "out" })));
    // Output comes whole in brief news, too; and workers must not tell of each job because a log is read.
    this.#live = new Live({ only: TYPES.join(","), name: this.#name, brief: "1" }, {
      after: log.seq,
      onEvent: (event) => this.#handlers.onLines(linesOf(event)),
      onGap: () => this.#begin.soon(),
    });
    this.#live.connect();
  }
}

const note = (text) => ({ text, kind: "note" });

function linesOf(event) {
  if (event.type === "ProcessSpawned") return [note(`Started as pid ${event.pid}`)];
  if (event.type === "ProcessExited") return [note(`Ended after ${duration(event.uptime)}: ${words(event.reason)}${event.detail ? `, ${event.detail}` : ""}`)];
  const kind = event.type === "ErrorReceived" ? "err" : "out";
  const lines = event.lines.map((text) => ({ text, kind }));
  return event.dropped ? [note(`${event.dropped.toLocaleString("en")} lines came too fast to be shown; the log file has them`), ...lines] : lines;
}
