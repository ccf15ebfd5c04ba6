// Asking the station, and telling it something.
//
//   await ask(path)                 what a GET answers, decoded
//   await tell(path, body)          what a POST answers, decoded
//   await send(method, path, body)  any other method; null where nothing is answered
//   await refused(answer)           the Refused of an answer that is none
// All throw Refused where it will not: with the status, and the reason in the chosen language. Whoever
// is not in any more is led to the login page, and back from there.

import { refusal } from "./i18n.js";

export class Refused extends Error {
  constructor(status, told) {
    super(refusal(told));
    this.status = status;
  }
}

// A proxy's own page says nothing of use.
export const refused = async (answer) =>
  new Refused(answer.status, await answer.json().catch(() =>
    ({ code: "NoWords", facts: { status: answer.status } })));

async function answered(answer) {
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  if (answer.status === 401 && !answer.url.endsWith("/password")) {
    const here = location.pathname + location.search + location.hash;
    location.assign(`/login?to=${encodeURIComponent(here)}`);
    return new Promise(() => {}); // the page is left: nobody waits for an answer any more
  }
  throw await refused(answer);
}

export const ask = async (path) => answered(await fetch(path));

export const send = async (method, path, body = {}) => answered(await fetch(path, {
  method,
  headers: { "Content-Type": "application/json", "X-Plumeline": "1" },
  body: JSON.stringify(body),
}));

export const tell = (path, body) => send("POST", path, body);
