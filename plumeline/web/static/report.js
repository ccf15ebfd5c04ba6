// What the station understood of one file.

import { timeText } from "./clock.js";
import { h } from "./dom.js";
import { refusal, t, term } from "./i18n.js";
import { inLanguage } from "./sentences.js";

const whole = (value) => Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
const seconds = (value) => t("seconds", { n: Number(value.toFixed(1)) });
const time = (iso) => timeText(Date.parse(iso) / 1000);

export function headOf(report) {
  return [
    h("strong", {}, report.file),
    h("span", { className: `badge status ${report.status}` }, t(`report.${report.status}`)),
    report.already_known ? h("span", { className: "badge" }, t("report.known")) : null,
    h("span", { className: "quiet" }, formatOf(report)),
    report.t_first ? h("span", { className: "quiet" }, time(report.t_first)) : null,
  ].filter(Boolean);
}

// `replayed`: whether its flight is among those that one may replay.
export function drawReport(report, { replayed }) {
  return h("div", { className: "understood" },
    report.reason ? h("p", { className: "reason" }, refusal({ ...report, error: inLanguage(report.reason) })) : null,
    report.flight_id && replayed ? h("p", {}, h("a", { className: "button", href: replayOf(report) }, t("report.replay"))) : null,
    h("dl", {}, ...facts(report)),
    list("report.notes", report.notes.map(inLanguage)),
    list("report.disagreements", report.disagreements.map(inLanguage)));
}

// From the file's first moment, in the flight that it has become part of.
function replayOf({ flight_id: flight, t_first: first }) {
  const said = new URLSearchParams({ f: flight });
  if (first) said.set("t", (Date.parse(first) / 1000).toFixed(3));
  return `/replay#${said}`;
}

const formatOf = ({ format, dialect }) =>
  [format && term(`format.${format}`, format), dialect].filter(Boolean).join(" · ");

function facts(report) {
  const rows = [];
  const add = (key, value) => {
    if (value) rows.push(h("dt", {}, t(`report.${key}`)), h("dd", {}, value));
  };
  add("recovered", report.recovered !== null && report.recovered < 1 ? `${Math.floor(report.recovered * 100)}%` : null);
  add("span", span(report));
  add("time_source", report.time_source && clock(report));
  add("fixes", fixes(report));
  add("rejected", items(report.rejected, ({ reason, count, where }) =>
    t("report.rejected_value", { reason: inLanguage(reason), count: whole(count), where: inLanguage(where) })));
  add("gaps", items(report.gaps, gap));
  add("heights", report.height_datum && heights(report.height_datum));
  add("gimbal", report.gimbal && term(`gimbal.${report.gimbal}`, report.gimbal));
  add("positions", positions(report));
  add("flight", [report.device_id, report.flight_id].filter(Boolean).join(" · "));
  add("waypoints", report.waypoints ? whole(report.waypoints) : null);
  add("pictures", report.frames ? whole(report.frames) : null);
  add("incidents", items(report.incidents, incident));
  add("sha256", report.sha256 && h("code", {}, report.sha256));
  return rows;
}

function span({ t_first: first, t_last: last }) {
  if (!first) return null;
  if (!last) return time(first);
  return t("report.span_value", {
    first: time(first), last: time(last), length: lasts((Date.parse(last) - Date.parse(first)) / 1000),
  });
}

function clock({ time_source: source, clock_offset_s: offsetS }) {
  const words = term(`time_source.${source}`, source);
  if (!offsetS) return words;
  const n = `${offsetS > 0 ? "+" : "\u2212"}${Math.abs(offsetS).toFixed(1)}`;
  return t("report.time_source_offset", { source: words, n });
}

function lasts(lengthS) {
  const pad = (value) => String(Math.floor(value)).padStart(2, "0");
  return `${pad(lengthS / 3600)}:${pad((lengthS / 60) % 60)}:${pad(lengthS % 60)}`;
}

function fixes({ fixes: all, fixes_with_position: placed }) {
  if (!all) return null;
  return t("report.fixes_value", {
    all: whole(all), placed: whole(placed), without: whole(all - placed),
  });
}

const gap = ({ after_s: afterS, seconds: n }) =>
  t("report.gap_value", { after: lasts(afterS), length: seconds(n) });

const incident = (id) => h("a", { href: `/#${encodeURIComponent(id)}` }, id);

const heights = (datum) => datum.split("+").map((one) => term(`datum.${one}`, one)).join(" + ");

function positions({ first_position: first, last_position: last }) {
  if (!first) return null;
  const text = ([lat, lon]) => `${lat.toFixed(6)}, ${lon.toFixed(6)}`;
  return h("code", {}, last ? `${text(first)} \u2192 ${text(last)}` : text(first));
}

function items(values, words) {
  if (!values?.length) return null;
  return h("ul", {}, ...values.map((value) => h("li", {}, words(value))));
}

function list(title, values) {
  if (!values?.length) return null;
  return h("section", {}, h("h3", {}, t(title)), items(values, (value) => value));
}
