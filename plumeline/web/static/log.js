// The patrol log: visits of every kind, filtered by the address, a flight on the map, files of the same.

import { Refused, ask } from "./api.js";
import { dayS, timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { fields, said, say } from "./filters.js";
import { language, t } from "./i18n.js";
import { drawDetail } from "./logdetail.js";
import { openLogMap } from "./logmap.js";
import { openVisit } from "./logvisit.js";
import { CLASSES, METHODS, RESULTS, classText, placeText, resultBadge, riskBadge, shareText, whyText } from "./logwords.js";
import { openShell } from "./shell.js";
import { can } from "./who.js";

const PAGE = 100;
const DAY_S = 86_400;
const COUNTED_UPTO = 10_000;
const FIELDS = [
  { name: "from", word: "filter.from", type: "date" },
  { name: "to", word: "filter.to", type: "date" },
  { name: "cls", word: "log.class", codes: ["log.class", CLASSES] },
  { name: "result", word: "log.result", codes: ["log.result", RESULTS] },
  { name: "method", word: "log.method", codes: ["log.method", METHODS] },
  { name: "place", word: "log.place_id" },
  { name: "flight", word: "log.ref" },
];

let list = { visits: [], total: 0, more: false };
let year = null;
let seen = {}; // the places of the year, each with when it was last seen
let story = null; // of the flight that is shown
let track = null;
let here = null; // the number of the chosen line
let map = null;

const changed = (changes) => {
  say(changes);
  return load();
};

function query() {
  const { from, to, ...rest } = said();
  const asked = new URLSearchParams();
  for (const { name } of FIELDS) if (rest[name]) asked.set(name, rest[name]);
  if (from) asked.set("from", dayS(from));
  if (to) asked.set("to", dayS(to) + DAY_S);
  return asked;
}

async function load() {
  const asked = query();
  list = await ask(`/api/visits?${asked}&limit=${PAGE}`);
  drawFilters();
  draw();
  const first = list.visits.find(({ n }) => n === here) ?? null;
  await choose(said().flight ? first ?? list.visits[0] ?? null : first);
}

async function older() {
  const last = list.visits.at(-1);
  const asked = query();
  asked.set("before_s", last.visit.t0_s);
  asked.set("before_n", last.n);
  const next = await ask(`/api/visits?${asked}&limit=${PAGE}`);
  list = { ...next, visits: [...list.visits, ...next.visits] };
  draw();
}

function drawFilters() {
  const offered = ([prefix, codes]) => codes.map((one) => [one, t(`${prefix}.${one}`)]);
  fields(byId("wanted"), FIELDS.map(({ codes, ...field }) => (
    codes ? { ...field, options: offered(codes) } : field)), load);
}

function draw() {
  const many = list.total > COUNTED_UPTO;
  byId("found").textContent = t(many ? "log.found_many" : "log.found", { n: Math.min(list.total, COUNTED_UPTO) });
  for (const kind of ["csv", "xlsx"]) {
    byId(kind).href = `/api/visits.${kind}?${query()}&lang=${language()}`;
  }
  byId("rows").replaceChildren(...list.visits.map(row));
  byId("none").hidden = list.visits.length > 0;
  byId("older").hidden = !list.more;
  drawYear();
}

function row(line) {
  const { visit, n } = line;
  const open = h("button", { type: "button", className: "name", onclick: () => choose(line) }, placeText(line));
  const made = h("tr", { data: { n } },
    h("td", {}, timeElement(visit.t0_s)),
    h("td", {}, open, h("span", { className: "quiet" }, " ", classText(visit.cls), " "), riskBadge(line.risk)),
    h("td", {}, resultBadge(visit.result), h("span", { className: "quiet" }, " ", whyText(visit)),
      visit.revises ? h("span", { className: "badge warn" }, t("log.revised_badge")) : null),
    h("td", { className: "number" }, shareText(visit.seen_share)),
    h("td", {}, t(`log.method.${visit.method}`),
      visit.origin ? h("span", { className: "badge" }, visit.origin) : null));
  if (n === here) made.setAttribute("aria-current", "true");
  made.onclick = ({ target }) => { if (target.closest("a, button") === null) choose(line); };
  return made;
}

// A drone's visit brings its flight to the map, with everything else that the flight saw.
async function choose(line) {
  here = line?.n ?? null;
  for (const one of byId("rows").children) {
    if (Number(one.dataset.n) === here) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  const flight = line?.visit.method === "drone" ? line.visit.ref : null;
  if (flight !== (story?.flight.flight_id ?? null)) await loadFlight(flight);
  if (line?.n === here || !line) show(line);
}

async function loadFlight(flight) {
  story = track = null;
  if (!flight) return;
  const id = encodeURIComponent(flight);
  const known = (one) => one.catch((error) => {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  });
  [story, track] = await Promise.all([
    known(ask(`/api/patrols/${id}`)), known(ask(`/api/flights/${id}/track`))]);
}

function show(line) {
  const visits = story?.visits ?? (line ? [line] : []);
  if (line) map?.set({ track, visits, here: line.visit.place_id });
  else map?.setYear(seen);
  drawLegend(line);
  drawDetail(byId("detail"), line, {
    story, track, onFlight: (flight) => changed({ flight, place: null }), onPlace: (place) => changed({ place, flight: null }),
  });
}

function drawYear() {
  if (!year) return;
  byId("year").replaceChildren(...year.classes.map(({ cls, seen, places, share, goal }) => h("li", {},
    h("span", { className: "quiet" }, classText(cls)),
    h("b", {}, t("log.year_seen", { seen, places, share: shareText(share) })),
    h("meter", { value: share, max: 1, ariaLabel: classText(cls) }),
    h("span", { className: goal && share < goal ? "warned" : "quiet" },
      goal === null ? t("log.no_goal") : t("log.goal", { share: shareText(goal) })))));
}

function drawLegend(line) {
  const { year: y } = year;
  const badges = line ? RESULTS.map((result) => resultBadge(result)) : [
    resultBadge("normal", t("log.seen_this_year", { year: y })),
    resultBadge("not_observable", t("log.unseen_this_year", { year: y }))];
  byId("legend").replaceChildren(...badges.map((badge) => h("li", {}, badge)));
}

function redraw() {
  drawFilters();
  draw();
  map?.redraw();
  show(list.visits.find(({ n }) => n === here) ?? null);
}

await openShell({ view: "log", redraw, notes: ["log.help"] });
byId("older").onclick = older;
byId("visit").hidden = !can("POST /api/visits");
byId("visit").onclick = () => {
  const chosen = list.visits.find(({ n }) => n === here);
  openVisit(chosen?.visit.place_id ?? said().place ?? "", load);
};
[year, seen] = await Promise.all([ask("/api/patrol-coverage"), ask("/api/places/seen")]);
await load();
document.documentElement.dataset.ready = "";
map = await openLogMap(byId("map"), {
  onPlace: (id) => {
    const line = (story?.visits ?? list.visits).find(({ visit }) => visit.place_id === id);
    if (line) choose(line);
    else changed({ place: id, flight: null });
  },
});
show(list.visits.find(({ n }) => n === here) ?? null);
