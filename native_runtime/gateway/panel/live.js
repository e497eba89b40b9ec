// The event stream: connects, says where it was, and comes back by itself with growing pauses.

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 10_000;
const TYPES = [
  "ProcessStarting", "ProcessSpawned", "ProcessReady", "ProcessStateChanged", "ProcessStopping", "ProcessExited", "ProcessRestarting",
  "ProcessStopped", "ProcessReplaced", "ReplacementFailed", "ConfigReloaded", "ConfigRejected",
  "ProcessGaveUp", "StartupError", "CrashReported", "JobQueued", "JobStarted", "JobProgress", "JobSucceeded",
  "JobRetrying", "JobFailed", "JobCancelled", "JobsRemoved", "QueuePaused", "QueueResumed", "WorkerScaled",
];

export class Live {
  #after = null;
  #pause = FIRST_PAUSE;
  #handlers;

  /**
   * `onEvent(event)`: something happened. `onGap()`: something was missed, load everything.
   * `onState(state)`: `connecting`, `live` or `lost`.
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  connect() {
    const address = new URL("api/events", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("only", TYPES.join(","));
    address.searchParams.set("brief", "1"); // events only say when to look: the latest of each sort is enough
    if (this.#after !== null) address.searchParams.set("after", this.#after);
    const socket = new WebSocket(address);
    socket.addEventListener("message", (message) => this.#hear(JSON.parse(message.data)));
    socket.addEventListener("close", () => this.#comeBack());
  }

  #hear(message) {
    if (message.type === "hello") {
      this.#pause = FIRST_PAUSE;
      if (!message.resumed) this.#handlers.onGap();
      this.#after = message.seq;
      this.#handlers.onState("live");
    } else if (message.type === "dropped") {
      this.#handlers.onGap();
    } else {
      this.#after = message.seq;
      this.#handlers.onEvent(message);
    }
  }

  #comeBack() {
    this.#handlers.onState("lost");
    const spread = 0.8 + Math.random() * 0.4; // many pages must not knock in step
    setTimeout(() => this.connect(), this.#pause * spread);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
