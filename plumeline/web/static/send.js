// One file on its way to the station, in chunks, each from where the station says it stands.

import { Refused, refused } from "./api.js";

const API = "/api/uploads";
const HASH_LIMIT = 256 * 2 ** 20; // crypto.subtle wants the whole file in memory
const CHUNK_MIN = 256 * 2 ** 10;
const CHUNK_MAX = 8 * 2 ** 20;
const BRISK_MS = 1_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
const POLL_MS = 700;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** @type {(method: string, path: string, options?: RequestInit) => Promise<any>} */
const ask = async (method, path, { body, headers = {}, signal } = {}) => {
  const answer = await fetch(`${API}${path}`, {
    method, body, signal, headers: { "X-Plumeline": "1", ...headers },
  });
  if (!answer.ok) throw await refused(answer);
  const text = await answer.text();
  return { answer, told: text ? JSON.parse(text) : null };
};

const inJson = (value) => ({
  body: JSON.stringify(value), headers: { "Content-Type": "application/json" },
});

// Only on https and localhost, and only for files that fit into memory; the station's own sum of
// what arrived is in the report in any case.
async function sha256(file) {
  if (!globalThis.crypto?.subtle || file.size > HASH_LIMIT) return null;
  const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function earlier() {
  return (await ask("GET", "")).told;
}

// Stages: queued, hashing, sending, retrying, paused, waiting, reading, done, failed.
export class Sending {
  stage = "queued";
  offset = 0;
  share = 0;
  report = null;
  error = null;
  #id = null;
  #sum = null;
  #chunk = CHUNK_MIN;
  #retryMs = RETRY_MIN_MS;
  #stop = null;
  #change;

  constructor(file, name, onChange) {
    this.file = file;
    this.name = name;
    this.#change = onChange;
    this.#id = localStorage.getItem(this.#key);
  }

  get #key() {
    return `plumeline.upload:${this.name}:${this.file.size}:${this.file.lastModified}`;
  }

  // Until the station has the whole file, or somebody pauses, or it will not have it.
  async deliver() {
    const signal = (this.#stop = new AbortController()).signal;
    try {
      if (this.#sum === null) {
        this.#show("hashing");
        this.#sum = (await sha256(this.file)) ?? "";
      }
      while (!signal.aborted && !(await this.#delivered(signal)));
    } catch (problem) {
      if (!signal.aborted) this.#fail(problem);
    }
    if (signal.aborted && this.stage !== "failed") this.#show("paused");
  }

  // After that: how the reading goes.
  async follow() {
    while (["waiting", "reading"].includes(this.stage)) {
      await pause(POLL_MS);
      try {
        this.#tell((await ask("GET", `/${this.#id}`)).told);
      } catch (problem) {
        if (problem.status === 404) this.#fail(problem);
      }
    }
  }

  halt() {
    this.#stop?.abort();
    this.#show("paused");
  }

  async abandon() {
    this.halt();
    if (this.#id) await ask("DELETE", `/${this.#id}`).catch(() => {});
    this.#remember(null);
  }

  async #delivered(signal) {
    try {
      const told = await this.#stand(signal);
      this.#tell(told);
      if (told.stage === "arriving") await this.#sendRest(signal);
      return true;
    } catch (problem) {
      await this.#orAgain(problem, signal);
      return false;
    }
  }

  async #stand(signal) {
    if (this.#id) return (await ask("GET", `/${this.#id}`, { signal })).told;
    const wanted = { name: this.name, size_bytes: this.file.size };
    if (this.#sum) wanted.sha256 = this.#sum;
    const { told } = await ask("POST", "", { ...inJson(wanted), signal });
    this.#remember(told.upload_id);
    return told;
  }

  async #sendRest(signal) {
    while (this.offset < this.file.size) {
      const startMs = performance.now();
      const body = this.file.slice(this.offset, this.offset + this.#chunk);
      const headers = {
        "Upload-Offset": String(this.offset), "Content-Type": "application/offset+octet-stream",
      };
      const { answer } = await ask("PATCH", `/${this.#id}`, { body, headers, signal });
      this.offset = Number(answer.headers.get("Upload-Offset"));
      this.#retryMs = RETRY_MIN_MS;
      if (performance.now() - startMs < BRISK_MS) this.#chunk = Math.min(2 * this.#chunk, CHUNK_MAX);
      this.#show("sending");
    }
    const sum = this.#sum ? { sha256: this.#sum } : {};
    this.#tell((await ask("POST", `/${this.#id}/finish`, { ...inJson(sum), signal })).told);
  }

  // A cut link, a busy or full station and a lost place pass; anything else is the answer.
  async #orAgain(problem, signal) {
    if (signal.aborted) return;
    if (problem.status === 404) this.#remember(null);
    else if (problem.status === 409) this.#chunk = CHUNK_MIN;
    else if (problem.status && problem.status < 500 && ![408, 429].includes(problem.status)) {
      throw problem;
    }
    this.#chunk = Math.max(this.#chunk / 2, CHUNK_MIN);
    this.error = problem instanceof Refused ? problem.message : null;
    this.#show("retrying");
    const again = new Promise((resolve) => {
      signal.addEventListener("abort", resolve, { once: true });
      addEventListener("online", resolve, { once: true });
    });
    await Promise.race([again, pause(this.#retryMs)]);
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
  }

  #tell(told) {
    this.offset = told.offset;
    this.share = told.share ?? 0;
    this.report = told.report;
    this.error = told.error;
    if (told.stage === "done") this.#remember(null);
    this.#show(told.stage === "arriving" ? "sending" : told.stage);
  }

  #fail(problem) {
    this.error = problem.message;
    this.#remember(null);
    this.#show("failed");
  }

  #remember(id) {
    this.#id = id;
    if (id) localStorage.setItem(this.#key, id);
    else localStorage.removeItem(this.#key);
  }

  #show(stage) {
    this.stage = stage;
    this.#change(this);
  }
}
