// The strip at the foot: who is heard, how long ago, and what went wrong.

import { ageElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { refusal, t } from "./i18n.js";
import { lettersButton } from "./letters.js";

const OFFSET_LIMIT_S = 2;

function badge(key, values) {
  return h("span", { className: "badge warn" }, t(key, values));
}

function device(one) {
  const offset = one.clock_offset_s;
  return h("span", { className: "device" },
    h("b", {}, one.device_id), " ", ageElement(one.t_last_received_s),
    Math.abs(offset) > OFFSET_LIMIT_S
      ? badge("status.offset", { n: `${offset > 0 ? "+" : "−"}${Math.abs(offset).toFixed(1)}` })
      : null,
    one.frozen ? badge("status.frozen") : null,
    one.clash ? badge("status.clash") : null);
}

export function drawStatus({ totals, devices, complaints }) {
  const count = (key, n) => h("span", { className: n ? "warned" : "quiet" }, t(key, { n }));
  const held = document.activeElement?.id === "dead-letters";
  byId("status").replaceChildren(...[
    ...complaints.map((told) => badge("status.complaint", { what: refusal(told) })),
    ...devices.map(device),
    devices.length ? "" : h("span", { className: "quiet" }, t("status.no_devices")),
    count("status.skipped", totals.frames_skipped),
    count("status.unplaced", totals.frames_unplaced),
    count("status.quarantined", totals.quarantined),
    lettersButton()].filter(Boolean));
  if (held) byId("dead-letters")?.focus();
}
