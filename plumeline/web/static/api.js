// Asking the station, and telling it something.
//
//   await ask(path)         what a GET answers, decoded
//   await tell(path, body)  what a POST answers, decoded
// Both throw Refused, with the status and the station's own words, where it will not.

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// A proxy's own page says nothing of use.
async function answered(answer) {
  if (answer.ok) return answer.json();
  const why = await answer.json().then(({ error }) => error, () => null);
  throw new Refused(answer.status, why ?? String(answer.status));
}

export const ask = async (path) => answered(await fetch(path));

export const tell = async (path, body) => answered(await fetch(path, {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Plumeline": "1" },
  body: JSON.stringify(body),
}));
