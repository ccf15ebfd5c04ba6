// The list of incidents, kept in step with the stream on every page: whoever sits at another view
// hears and sees that an alarm waits.
//
//   openAlarms({ limit, read })  read(list) is called with each new list; it may be a promise
//   current()                    the newest list (plumeline.web.answers.IncidentList), or null
//   refresh()                    load it again soon: any number of wishes end in one more load
//   missing()                    whether the newest wish has failed and waits to be tried again

import { ask } from "./api.js";
import { setClock } from "./clock.js";

const PAUSE_MS = 250;
const REORDER_EVERY_MS = 30_000;

let path = "";
let read = null;
let list = null;
let wanted = false;
let loading = false;

export const current = () => list;
export const missing = () => wanted;

export function openAlarms(given) {
  path = `/api/incidents?limit=${given.limit}`;
  read = given.read;
  setInterval(refresh, REORDER_EVERY_MS);
}

export async function refresh() {
  wanted = true;
  if (loading) return;
  loading = true;
  try {
    while (wanted) {
      wanted = false;
      list = await ask(path);
      setClock(list.t_s);
      await read(list);
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    }
  } catch {
    wanted = true; // the next heartbeat tries again
  } finally {
    loading = false;
  }
}
