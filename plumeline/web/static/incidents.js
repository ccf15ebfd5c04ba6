// The list of incidents: filters, order and page in the address, the same as files.

import { ask } from "./api.js";
import { dayS, durationText, timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { fields, ordered, paged, said } from "./filters.js";
import { language, t } from "./i18n.js";
import { labelIcon, severityIcon } from "./icons.js";
import { openShell } from "./shell.js";

const PAGE = 50;
const DAY_S = 86_400;
const STATES = ["raised", "acknowledged", "confirmed", "dismissed", "handed_over", "resolved", "closed"];
const KEPT = ["state", "label", "severity", "device", "premises", "district", "status", "historic",
  "text", "sort", "rising"];
const COLUMNS = [
  { name: "time", sort: "time" }, { name: "severity", sort: "severity" }, { name: "what" },
  { name: "state", sort: "state" }, { name: "answer", sort: "answer", className: "number" },
  { name: "sightings", sort: "sightings", className: "number" }, { name: "device" }, { name: "open" },
];

let list = null;
let premises = [];

const options = (prefix, values) => values.map((value) => [value, t(`${prefix}.${value}`)]);

async function load() {
  const asked = query();
  list = await ask(`/api/incident-log?${asked}&limit=${PAGE}&offset=${said().offset ?? 0}`);
  for (const kind of ["csv", "xlsx"]) {
    byId(kind).href = `/api/incident-log.${kind}?${asked}&lang=${language()}`;
  }
  draw();
}

function query() {
  const now = said();
  const asked = new URLSearchParams();
  for (const name of KEPT) if (now[name]) asked.set(name, now[name]);
  if (now.from) asked.set("from", dayS(now.from));
  if (now.to) asked.set("to", dayS(now.to) + DAY_S);
  return asked;
}

function draw() {
  if (!list) return;
  fields(byId("wanted"), [
    { name: "text", word: "filter.text" },
    { name: "from", word: "filter.from", type: "date" },
    { name: "to", word: "filter.to", type: "date" },
    { name: "state", word: "filter.state", options: options("state", STATES) },
    { name: "severity", word: "filter.severity", options: options("severity", ["1", "2", "3", "4"]) },
    { name: "label", word: "filter.label", options: options("label", ["fire", "smoke"]) },
    { name: "device", word: "filter.device", options: list.devices.map((one) => [one, one]) },
    { name: "premises", word: "filter.premises", suggest: premises },
    ...(list.districts.length
      ? [{ name: "district", word: "filter.district", options: list.districts.map((one) => [one, one]) }] : []),
    { name: "status", word: "filter.status", options: options("status", ["actual", "exercise", "test"]) },
    { name: "historic", word: "filter.historic", options: options("historic", ["true", "false"]) },
  ], load);
  byId("found").textContent = t("incidents.found", { n: list.total });
  byId("table").replaceChildren(
    h("thead", {}, h("tr", {}, ...COLUMNS.map((column) => ordered(column, t(`incidents.${column.name}`), load)))),
    h("tbody", {}, ...list.incidents.map(row)));
  byId("pages").replaceChildren();
  paged(byId("pages"), { total: list.total, offset: list.offset, size: PAGE }, load);
}

function row(one) {
  const id = encodeURIComponent(one.incident_id);
  const flight = one.flights.find((name) => list.replayed.includes(name.slice(0, name.lastIndexOf("."))));
  const replay = new URLSearchParams({ f: flight, t: one.t_first_s.toFixed(3), sel: one.incident_id });
  return h("tr", {},
    h("td", {}, timeElement(one.t_first_s)),
    h("td", {}, h("span", { className: `severity s${one.severity}` },
      severityIcon(one.severity), t(`severity.${one.severity}`))),
    h("td", { className: "long" }, ...one.labels.map(labelIcon), " ", one.headline[language()]),
    h("td", {}, ...badges(one)),
    h("td", { className: "number" }, one.answered_after_s === null ? "" : durationText(one.answered_after_s)),
    h("td", { className: "number" }, String(one.sightings)),
    h("td", {}, one.devices.join(", ")),
    h("td", {}, h("a", { href: `/#${id}` }, t("incidents.command")), " ",
      ...(flight ? [h("a", { href: `/replay#${replay}` }, t("incidents.replay")), " "] : []),
      h("a", { href: `/report/${id}?lang=${language()}` }, t("incidents.report"))));
}

function badges({ state, reason, status, historic, merged_into: merged }) {
  const told = (className, text) => [h("span", { className: `badge ${className}` }, text), " "];
  const word = reason ? `${t(`state.${state}`)}: ${t(`reason.${reason}`)}` : t(`state.${state}`);
  return [
    ...told(historic || merged ? "" : state, merged ? t("state.merged") : word),
    ...(historic ? told("", t("badge.historic")) : []),
    ...(status === "actual" ? [] : told("drill", t(`status.${status}`))),
  ];
}

await openShell({ view: "incidents", redraw: load });
const { shapes } = await ask("/api/map");
premises = shapes.features.map(({ properties: own }) => own)
  .filter(({ kind }) => kind === "premises").map(({ id, name }) => [id, name]);
await load();
document.documentElement.dataset.ready = "";
