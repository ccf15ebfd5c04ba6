// Asking the station, and telling it something.
//
//   await ask(path)                 what a GET answers, decoded
//   await tell(path, body)          what a POST answers, decoded
//   await send(method, path, body)  any other method; null where nothing is answered
// All throw Refused, with the status and the station's own words, where it will not. Whoever is
// not in any more is led to the login page, and back from there.

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// A proxy's own page says nothing of use.
async function answered(answer) {
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const why = await answer.json().then(({ error }) => error, () => null);
  if (answer.status === 401 && !answer.url.endsWith("/password")) {
    const here = location.pathname + location.search + location.hash;
    location.assign(`/login?to=${encodeURIComponent(here)}`);
    return new Promise(() => {}); // the page is left: nobody waits for an answer any more
  }
  throw new Refused(answer.status, why ?? String(answer.status));
}

export const ask = async (path) => answered(await fetch(path));

export const send = async (method, path, body = {}) => answered(await fetch(path, {
  method,
  headers: { "Content-Type": "application/json", "X-Plumeline": "1" },
  body: JSON.stringify(body),
}));

export const tell = (path, body) => send("POST", path, body);
