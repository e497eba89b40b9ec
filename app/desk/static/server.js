/** Talks to the desk (`photos`, `progress` …) and to the runtime's gateway (`/api/…`), both on this server. */

/** JSON of an address; throws an Error whose message is the server's own sentence. */
export async function get(address) {
  return answer(await fetch(address));
}

export async function post(address, body = {}) {
  return answer(
    await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Origin": "photo-desk" },
      body: JSON.stringify(body),
    }),
  );
}

async function answer(response) {
  const document = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(document.error ?? `the app answered ${response.status}`);
  return document;
}

// The news only say that something changed, so the latest of each sort is enough; a big import is then some news a second.
const KINDS = "JobQueued,JobProgress,JobSucceeded,JobRetrying,JobFailed,JobCancelled,JobsRemoved,PhotoRefused";
const LONGEST_PAUSE = 5000;

/** Follows the runtime's events, and comes back after a break where it stopped. */
export class Live {
  #seq = null;
  #pause = 250;

  /** `onNews()` whenever something happened; `onLink(isUp)` whenever the connection comes or goes. */
  constructor(onNews, onLink) {
    this.onNews = onNews;
    this.onLink = onLink;
    this.#connect();
  }

  #connect() {
    const after = this.#seq === null ? "" : `&after=${this.#seq}`;
    const socket = new WebSocket(`ws://${location.host}/api/events?only=${KINDS}&brief=1${after}`);
    socket.onmessage = (message) => this.#take(JSON.parse(message.data));
    socket.onclose = () => {
      this.onLink(false);
      setTimeout(() => this.#connect(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    };
  }

  #take(event) {
    if (event.seq) this.#seq = event.seq;
    if (event.type === "hello") {
      this.#seq = event.seq;
      this.#pause = 250;
      this.onLink(true);
    } else {
      this.onNews();
    }
  }
}
