// Patrols: routes drawn on the map, when which is flown, what became of it, and what is due.
//
//   const part = await openPatrols();   part.redraw(), part.shown() once it is to be seen

import { Refused, ask, tell } from "./api.js";
import { timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { dayText } from "./duedays.js";
import { language, t } from "./i18n.js";
import { openMap } from "./map.js";
import { can } from "./who.js";

const LIMIT = 50;
const PLAN = "POST /api/patrol-plans";
const ZONE = "+08:00"; // the daily work counts Beijing's days

let routes = [];
let plans = [];
let proposed = [];
let codes = null; // kinds of hazard in both languages, and until when holidays are known
let drawn = null; // the corners of a route that is being drawn
let map = null;
const said = { route: "", patrol: "" };

export async function openPatrols() {
  await load();
  byId("route").hidden = !can("POST /api/patrol-routes");
  byId("patrol").hidden = !can(PLAN);
  byId("route").onsubmit = (event) => {
    event.preventDefault();
    saveRoute();
  };
  byId("patrol").onsubmit = (event) => {
    event.preventDefault();
    savePlan();
  };
  draw();
  map = await openMap(byId("map"), { onClick: corner });
  if (map) layers();
  showMap();
  return { redraw() { draw(); map?.redraw(); }, shown: () => map?.resize() };
}

async function load() {
  [routes, plans, proposed, codes] = await Promise.all([ask("/api/patrol-routes"), ask("/api/patrol-plans"),
    ask(`/api/patrol-proposal?limit=${LIMIT}`), ask("/api/orders/codes")]);
}

function draw() {
  drawRouteForm();
  drawPlanForm();
  drawPlans();
  drawProposal();
}

function drawRouteForm() {
  const button = (word, onclick, disabled = false) => h("button", { type: "button", onclick, disabled }, t(word));
  const name = h("label", {}, h("span", {}, t("plan.route_name")),
    h("input", { name: "name", required: true, maxLength: 60, autocomplete: "off" }));
  byId("route").replaceChildren(...(drawn ? [
    name, h("button", { disabled: drawn.length < 2 }, t("plan.route_save")),
    button("plan.undo", () => corner(null), !drawn.length), button("cancel", () => start(null)),
  ] : [button("plan.route_draw", () => start([]))]));
  byId("route-said").textContent = drawn ? t("plan.route_click", { n: drawn.length }) : said.route;
}

function start(points) {
  drawn = points;
  said.route = "";
  drawRouteForm();
  showMap();
}

function corner(place) {
  if (!drawn) return;
  if (place) drawn.push([place.lon_deg, place.lat_deg]);
  else drawn.pop();
  byId("route-said").textContent = t("plan.route_click", { n: drawn.length });
  for (const one of byId("route").querySelectorAll("button")) {
    if (one.type === "submit") one.disabled = drawn.length < 2;
    else if (one.textContent === t("plan.undo")) one.disabled = !drawn.length;
  }
  showMap();
}

// Refusals are told where the form is; everything else is a fault of the page.
async function trying(what, work) {
  try {
    said[what] = await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    said[what] = error.message;
  }
  draw();
  byId(`${what}-said`).textContent = said[what];
}

const saveRoute = () => trying("route", async () => {
  const name = byId("route").elements.name.value.trim();
  const { place_ids: ids } = await tell("/api/patrol-routes", { name, points: drawn });
  drawn = null;
  await load();
  showMap();
  return t("plan.route_saved", { name, n: ids.length });
});

function drawPlanForm() {
  const field = (word, input) => h("label", {}, h("span", {}, t(word)), input);
  const kept = Object.fromEntries([...byId("patrol").elements].map(({ name, value }) => [name, value]));
  byId("patrol").replaceChildren(
    field("plan.route", h("select", { name: "route", required: true }, ...routes.map(({ route, place_ids: ids }) =>
      h("option", { value: route.place_id, selected: route.place_id === kept.route },
        t("plan.route_option", { name: route.name, n: ids.length }))))),
    field("plan.start", h("input", { type: "datetime-local", name: "start", required: true, value: kept.start ?? "" })),
    field("plan.end", h("input", { type: "datetime-local", name: "end", required: true, value: kept.end ?? "" })),
    field("plan.device", h("input", { name: "device", maxLength: 64, autocomplete: "off", value: kept.device ?? "" })),
    field("plan.days_repeated", h("input", { name: "days", type: "number", min: 1, max: 60, value: kept.days ?? "1" })),
    h("button", { disabled: !routes.length }, t("plan.patrol_save")));
  byId("patrol-said").textContent = routes.length || !can(PLAN) ? said.patrol : t("plan.no_route");
}

const seconds = (local) => Date.parse(`${local}:00${ZONE}`) / 1000;

const savePlan = () => trying("patrol", async () => {
  const { route, start: from, end, device, days } = byId("patrol").elements;
  await tell("/api/patrol-plans", {
    route_id: route.value, t0_s: seconds(from.value), t1_s: seconds(end.value),
    device_id: device.value.trim() || null, days: days.valueAsNumber });
  await load();
  return t("plan.patrol_saved");
});

const cancel = (plan) => trying("patrol", async () => {
  await tell("/api/patrol-plans", { ...plan, cancelled: true });
  await load();
  return "";
});

function drawPlans() {
  const names = new Map(routes.map(({ route }) => [route.place_id, route.name]));
  byId("plans").replaceChildren(head("plan.route", "plan.start", "plan.end", "plan.premises", "plan.stands", ""),
    h("tbody", {}, ...plans.toReversed().map(({ plan, stands, flights }) => h("tr", {},
      h("td", {}, names.get(plan.route_id) ?? plan.route_id, plan.device_id ? ` (${plan.device_id})` : ""),
      h("td", {}, timeElement(plan.t0_s)), h("td", {}, timeElement(plan.t1_s)),
      h("td", { className: "number" }, String(plan.place_ids.length)),
      h("td", {}, h("span", { className: `stands ${stands}` }, t(`plan.stands.${stands}`))),
      h("td", {}, ...flights.map((id) => h("a", { href: `/log?${new URLSearchParams({ flight: id })}` }, t("plan.log"))),
        stands === "due" && can(PLAN) ? h("button", { type: "button", onclick: () => cancel(plan) }, t("plan.cancel")) : null)))));
}

function drawProposal() {
  byId("proposal").replaceChildren(head("log.place", "log.class", "plan.risk", "plan.last_seen", "plan.urgency", "plan.why"),
    h("tbody", {}, ...proposed.map((one) => h("tr", { className: one.urgency > 1 ? "warned" : "" },
      h("td", {}, one.place_id === null ? one.name || position(one)
        : h("a", { href: `/log?${new URLSearchParams({ place: one.place_id })}` },
          (language() === "en" && one.name_en) || one.name)),
      h("td", {}, one.place_id === null ? "" : t(`log.class.${one.cls ?? "none"}`)),
      h("td", { className: "number" }, one.risk === null ? "" : String(one.risk)),
      h("td", {}, seen(one)),
      h("td", { className: "number" }, one.urgency?.toFixed(1) ?? ""),
      h("td", {}, ...one.reflights.map(refly))))));
}

function seen({ place_id: id, last_seen_s: tS }) {
  if (id === null) return "";
  return tS === null ? t("plan.never") : timeElement(tS);
}

const position = ({ lat_deg: lat, lon_deg: lon }) => (lat === null ? "" : `${lat.toFixed(6)}, ${lon.toFixed(6)}`);

function refly({ key, kind, asked_by: by, due, reason }) {
  const name = codes.kinds[kind]?.[language() === "zh" ? 0 : 1] ?? kind;
  return h("p", { className: "refly" }, h("span", { className: "badge warn" }, t("orders.refly")), " ",
    h("a", { href: `/orders?${new URLSearchParams({ key })}` }, t("plan.refly", { kind: name, key })),
    h("span", { className: "quiet" }, ` ${t("plan.refly_asked", { by, due: dayText(due, codes.known_until) })} ${reason}`));
}

const head = (...words) => h("thead", {}, h("tr", {}, ...words.map((word) =>
  (word ? h("th", { scope: "col" }, t(word)) : h("td", {})))));

function layers() {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  for (const [name, colour] of [["planned", "--accent"], ["asked", "--fire"], ["drawn", "--warn"]]) {
    map.gl.addSource(name, { type: "geojson", data: collection([]) });
    map.gl.addLayer({ id: name, type: "line", source: name, paint: { "line-width": name === "drawn" ? 3 : 2 } });
    map.gl.addLayer({ id: `${name}-corner`, type: "circle", source: name, paint: { "circle-radius": 4 } });
    const paint = () => {
      map.gl.setPaintProperty(name, "line-color", token(colour));
      map.gl.setPaintProperty(`${name}-corner`, "circle-color", token(colour));
    };
    paint();
    document.addEventListener("theme", paint);
  }
}

const collection = (features) => ({ type: "FeatureCollection", features });
const feature = (geometry) => ({ type: "Feature", properties: {}, geometry });

function showMap() {
  if (!map) return;
  map.gl.getSource("planned").setData(collection(routes.map(({ route }) => feature(JSON.parse(route.outline_json)))));
  map.gl.getSource("asked").setData(collection(proposed.filter((one) => one.reflights.length && one.lat_deg !== null)
    .map(({ lat_deg: lat, lon_deg: lon }) => feature({ type: "Point", coordinates: [lon, lat] }))));
  const points = drawn ?? [];
  map.gl.getSource("drawn").setData(collection(points.length > 1
    ? [feature({ type: "LineString", coordinates: points })]
    : points.map((coordinates) => feature({ type: "Point", coordinates }))));
}
