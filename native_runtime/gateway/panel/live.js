// The event stream: connects, says where it was, and comes back by itself with growing pauses.

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 10_000;

export class Live {
  #after;
  #pause = FIRST_PAUSE;
  #query;
  #handlers;
  #socket = null;
  #timer = null;
  #isClosed = false;

  /**
   * `query`: what to hear, as `api/events` takes it. `after`: the event after which to begin; null begins now.
   * `onEvent(event)`: something happened. `onGap()`: something was missed, load everything.
   * `onState(state)`: `live` or `lost`.
   */
  constructor(query, { after = null, onEvent, onGap, onState = () => {} }) {
    this.#query = query;
    this.#after = after;
    this.#handlers = { onEvent, onGap, onState };
  }

  connect() {
    const address = new URL("api/events", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = new URLSearchParams(this.#query);
    if (this.#after !== null) address.searchParams.set("after", this.#after);
    this.#socket = new WebSocket(address);
    this.#socket.addEventListener("message", (message) => this.#isClosed || this.#hear(JSON.parse(message.data)));
    this.#socket.addEventListener("close", () => this.#isClosed || this.#comeBack());
  }

  /** Hear nothing more. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
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
    this.#timer = setTimeout(() => this.connect(), this.#pause * spread);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
