// The event stream: resumes where it broke off, and notices when it has gone quiet.
//
// A browser allows six connections to one server, so its tabs share one: the tab that holds the lock
// keeps the stream open and passes on what it hears. The others listen to it, and open a stream of their
// own for what they have missed, and while they hear nothing. Where a browser gives no locks (neither
// https nor this very machine) each tab keeps its own.

const SHARED = "plumeline.live";
const LOST_MS = 10_000; // of a stream of one's own
const UNHEARD_MS = 5_000; // of another tab's
const RETRY_MS = 1_000;

export class Live {
  #on;
  #source = null;
  #lastN = null;
  #heardMs = 0;
  #openedMs = 0;
  #wish = null; // to be the one whose stream is shared; null while nothing is wanted to be heard
  #leads = !navigator.locks;
  #others = new BroadcastChannel(SHARED);

  // on: { hello(hello), event(numbered), heartbeat(heartbeat), silence(seconds), isNeeded() }
  constructor(on) {
    this.#on = on;
    this.#others.onmessage = ({ data }) => this.#overhear(data);
    document.addEventListener("visibilitychange", () => this.#turn());
    setInterval(() => this.#check(), 500);
    this.#turn();
  }

  // A hidden tab that nobody listens to takes no part.
  #turn() {
    this.#heardMs = performance.now();
    if (!document.hidden) {
      this.#open();
      if (!this.#wish) this.#queue();
    } else if (!this.#on.isNeeded()) {
      this.#wish?.abort();
      this.#wish = null;
      this.#leads = !navigator.locks;
      this.#close();
    }
  }

  // The lock is held until the wish is given up, or the tab is gone.
  #queue() {
    const wish = new AbortController();
    const given = new Promise((done) => { wish.signal.onabort = done; });
    this.#wish = wish;
    navigator.locks?.request(SHARED, { signal: wish.signal }, () => {
      this.#leads = true;
      if (!this.#source) this.#open();
      return given;
    }).catch(() => {}); // given up before its turn came
  }

  #open() {
    this.#close();
    this.#openedMs = performance.now();
    const after = this.#lastN === null ? "" : `?after=${this.#lastN}`;
    this.#source = new EventSource(`/api/stream${after}`);
    for (const name of ["hello", "event", "heartbeat"]) {
      this.#source.addEventListener(name, (message) => {
        const n = Number(message.lastEventId);
        const before = this.#lastN ?? n;
        const data = JSON.parse(message.data);
        this.#take(name, n, data);
        if (this.#leads) this.#others.postMessage({ name, n, before, data });
      });
    }
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #take(name, n, data) {
    this.#heardMs = performance.now();
    if (name !== "heartbeat") this.#lastN = n;
    this.#on[name](data);
  }

  // `before`: the number up to which all was passed on before this.
  #overhear({ name, n, before, data }) {
    if (!this.#wish || this.#leads) return;
    if (this.#lastN === null || before > this.#lastN) { // something came that this tab has not heard
      if (!this.#source) this.#open();
      return;
    }
    this.#close();
    if (name !== "event" || n > this.#lastN) this.#take(name, n, data);
  }

  // A browser retries a broken connection by itself, but neither a refused nor a silent one.
  #check() {
    if (!this.#wish) return;
    const now = performance.now();
    const refused = this.#source?.readyState === EventSource.CLOSED;
    const triedMs = now - this.#openedMs;
    const lostMs = this.#source ? LOST_MS : UNHEARD_MS;
    if (refused && triedMs > RETRY_MS) this.#on.refused?.();
    if ((refused && triedMs > RETRY_MS) || Math.min(now - this.#heardMs, triedMs) > lostMs) {
      this.#open();
    }
    this.#on.silence((now - this.#heardMs) / 1000);
  }
}
