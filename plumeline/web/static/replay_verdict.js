// What the ledger says of what is shown: one word on a button, all of it in a dialog.
//
//   openVerdict(button, dialog)
//   loadVerdict(flightId)       asks the station; seconds for a long flight
//   drawVerdict()               after the language has changed

import { ask } from "./api.js";
import { timeText } from "./clock.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

let button = null;
let dialog = null;
let asked = 0;
let verdict = null;

export function openVerdict(ofButton, ofDialog) {
  [button, dialog] = [ofButton, ofDialog];
  button.onclick = () => dialog.showModal();
  dialog.querySelector(".cancel").onclick = () => dialog.close();
}

export async function loadVerdict(flightId) {
  const own = (asked += 1);
  verdict = null;
  drawVerdict();
  const found = await ask(`/api/flights/${encodeURIComponent(flightId)}/verdict`).catch(() => "unknown");
  if (own !== asked) return;
  verdict = found;
  drawVerdict();
}

export function drawVerdict() {
  const state = stateOf();
  button.className = `verdict ${state}`;
  button.textContent = t(`verdict.${state}`);
  button.disabled = verdict === null || verdict === "unknown";
  if (!button.disabled) dialog.querySelector("#verdict-words").replaceChildren(...words());
}

function stateOf() {
  if (verdict === null) return "asking";
  if (verdict === "unknown") return "unknown";
  if (!verdict.ok) return "changed";
  return verdict.signed_s === null ? "unsigned" : "sound";
}

function words() {
  const { batches, pictures, purged, events, first_i: first, last_i: last, signed_s: signedS, findings } = verdict;
  const said = [
    h("p", {}, t(`verdict.${stateOf()}_words`)),
    h("p", {}, t("verdict.counted", { batches, pictures, events, first, last })),
  ];
  if (purged) said.push(h("p", {}, t("verdict.purged", { n: purged })));
  if (signedS !== null) said.push(h("p", {}, t("verdict.signed", { time: timeText(signedS) })));
  if (findings.length) said.push(h("ul", {}, ...findings.map(({ where }) => h("li", {}, where))));
  said.push(h("p", { className: "quiet" }, t("verdict.limits")));
  return said;
}
