// The event stream: resumes where it broke off, and notices when it has gone quiet.

const LOST_MS = 10_000;
const RETRY_MS = 1_000;

export class Live {
  #on;
  #source = null;
  #lastN = null;
  #heardMs = 0;
  #openedMs = 0;

  // on: { hello(hello), event(numbered), heartbeat(heartbeat), silence(seconds), isNeeded() }
  constructor(on) {
    this.#on = on;
    document.addEventListener("visibilitychange", () => this.#turn());
    setInterval(() => this.#check(), 500);
    this.#turn();
  }

  // A hidden tab that nobody listens to gives its connection back: a browser allows six to one
  // server.
  #turn() {
    this.#heardMs = performance.now();
    if (!document.hidden) this.#open();
    else if (!this.#on.isNeeded()) {
      this.#source?.close();
      this.#source = null;
    }
  }

  #open() {
    this.#source?.close();
    this.#openedMs = performance.now();
    const after = this.#lastN === null ? "" : `?after=${this.#lastN}`;
    this.#source = new EventSource(`/api/stream${after}`);
    for (const name of ["hello", "event", "heartbeat"]) {
      this.#source.addEventListener(name, (message) => {
        this.#heardMs = performance.now();
        if (message.lastEventId) this.#lastN = Number(message.lastEventId);
        this.#on[name](JSON.parse(message.data));
      });
    }
  }

  // A browser retries a broken connection by itself, but neither a refused nor a silent one.
  #check() {
    if (!this.#source) return;
    const now = performance.now();
    const refused = this.#source.readyState === EventSource.CLOSED;
    const triedMs = now - this.#openedMs;
    if (refused && triedMs > RETRY_MS) this.#on.refused?.();
    if ((refused && triedMs > RETRY_MS) || Math.min(now - this.#heardMs, triedMs) > LOST_MS) {
      this.#open();
    }
    this.#on.silence((now - this.#heardMs) / 1000);
  }
}
