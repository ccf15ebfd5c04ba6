// One visit beside the list: all that the log knows of it, its pictures, and where to go on.
//
//   drawDetail(element, line, { story, track, onFlight, onPlace })
//     line      a line of /api/visits, null for nothing chosen
//     story     of /api/patrols/{flight} where it is a flight's, else null
//     track     where that flight was; null where one may not replay it
//     onFlight(id), onPlace(id)   show this flight's, this place's visits alone

import { timeElement } from "./clock.js";
import { h } from "./dom.js";
import { loaded } from "./footage.js";
import { t } from "./i18n.js";
import { classText, placeText, resultBadge, riskBadge, shareText, whyText } from "./logwords.js";

const SHOWN = 4;

export function drawDetail(element, line, { story, track, onFlight, onPlace }) {
  if (!line) {
    element.replaceChildren(h("p", { className: "quiet" }, t("log.choose")));
    return;
  }
  const { visit } = line;
  element.replaceChildren(
    h("h2", {}, placeText(line)),
    h("p", { className: "line" }, resultBadge(visit.result), h("span", {}, whyText(visit)), riskBadge(line.risk)),
    h("dl", {}, ...facts(line).flatMap(([word, ...told]) => [h("dt", {}, t(word)), h("dd", {}, ...told)])),
    h("p", { className: "ways" }, ...ways(visit, track, onFlight, onPlace)),
    ...pictures(visit),
    ...(story ? flight(story) : []),
    ...corrections(visit, story));
}

function facts(line) {
  const { visit } = line;
  const told = [
    ["log.class", classText(visit.cls)],
    ["log.from", timeElement(visit.t0_s)],
    ["log.to", timeElement(visit.t1_s)],
    ["log.method", t(`log.method.${visit.method}`)],
  ];
  if (line.address) told.push(["log.address", line.address]);
  if (visit.seen_share !== null) told.push(["log.share", shareText(visit.seen_share)]);
  if (visit.dwell_s !== null) told.push(["log.dwell", t("seconds", { n: Math.round(visit.dwell_s) })]);
  if (visit.slant_m !== null) told.push(["log.closest", t("log.metres", { n: Math.round(visit.slant_m) })]);
  if (visit.origin) told.push(["log.origin", visit.origin]);
  if (visit.person_id) told.push(["log.person", visit.person_id]);
  if (visit.power_id) told.push(["log.power", visit.power_id]);
  if (visit.ref) told.push(["log.ref", visit.ref]);
  if (visit.text) told.push(["log.text", visit.text]);
  return told;
}

function ways(visit, track, onFlight, onPlace) {
  const button = (word, onclick) => h("button", { type: "button", onclick }, t(word));
  const all = button("log.of_place", () => onPlace(visit.place_id));
  if (visit.method !== "drone") return [all];
  const at = new URLSearchParams({ f: visit.ref, t: visit.t0_s.toFixed(3) });
  return [button("log.of_flight", () => onFlight(visit.ref)), " ", all,
    ...(track ? [" ", h("a", { className: "button", href: `/replay#${at}` }, t("log.replay"))] : [])];
}

// Footage may ask for a reason (footage.js): it is opened by who wants it, not by going down the list.
function pictures({ evidence }) {
  if (!evidence.length) return [];
  const some = evidence.slice(0, SHOWN);
  const button = h("button", {
    type: "button", onclick: () => button.replaceWith(h("ul", { className: "evidence" }, ...some.map(picture))),
  }, t("log.evidence_show", { n: some.length }));
  return [h("p", {}, button)];
}

function picture(sha256, i) {
  const src = `/api/blobs/${sha256}`;
  const image = h("img", { src, alt: t("log.evidence", { n: i + 1 }) });
  const holder = h("a", { href: src, target: "_blank", rel: "noopener" }, image);
  loaded(image).then((came) => came || holder.replaceWith(h("span", { className: "quiet" }, t("log.gone"))));
  return h("li", {}, holder);
}

function flight({ flight: one }) {
  const unusable = Object.entries(one.unusable).map(([why, n]) => `${t(`log.why.${why}`)} ${n}`).join(", ");
  const told = [
    ["log.pictures", t("log.usable", { usable: one.usable, n: one.pictures }) + (unusable && ` (${unusable})`)],
    ["log.counts", t("log.counted", { seen: one.seen, anomalies: one.anomalies, gaps: one.not_observable })],
  ];
  if (one.route_flown !== null) told.push(["log.route", shareText(one.route_flown)]);
  return [h("h3", {}, t("log.flight")),
    h("dl", {}, ...told.flatMap(([word, text]) => [h("dt", {}, t(word)), h("dd", {}, text)]))];
}

function corrections(visit, story) {
  const before = (story?.earlier ?? []).filter(({ place_id: id }) => id === visit.place_id);
  return before.map((one) => h("p", { className: "warned" },
    t("log.revised"), " ", resultBadge(one.result), " ", whyText(one)));
}
