// The map. No basemap is shipped: ground, grid and scale always, the station's own shapes where it
// has any, and tiles under it where the station brought them. North is up, all of it is WGS84.
//
//   const map = await openMap(element, { onClick })   null where the browser cannot draw one
//     onClick({ lat_deg, lon_deg, premises_id, incident_id })   what was clicked, ids or null
//   map.gl                          the MapLibre map, for what is not below
//   map.setTracks(tracks)           [{ points: [{ t_s, lat_deg, lon_deg }] }]
//   map.setSightings(list)          [{ id, label, here, best, point, ellipse, sector, drone }], point
//                                   with ellipse, or sector, as the API tells them
//   map.setDrones(drones)           [{ device_id, lat_deg, lon_deg, yaw_deg, t_received_s }]
//   map.setPin(place)               a marker where something is asked, null for none
//   map.setHome(place)              the take-off point, null for none
//   map.setCamera(place)            from where the chosen one was seen, null for none
//   map.setAreas(areas)             circles known for false alarms: [{ lat_deg, lon_deg, radius_m, name }]
//   map.light(ids)                  these premises stand out
//   map.fit(places, { maxZoom })    [[lon, lat], ...] into view, at once
//   map.resize()                    after the element has changed its size
//   map.redraw()                    after the language has changed
// The element gets data-map="ready" once everything asked for has been drawn for the first time.

import { ask } from "./api.js";
import { ageText, nowS } from "./clock.js";
import { h, svg } from "./dom.js";
import { boundsOf, circleRing, ellipseRing, metresBetween, sectorRing } from "./ellipse.js";
import { openGraticule } from "./graticule.js";
import { language, t } from "./i18n.js";
import { EMPTY, recolour, styleOf } from "./mapstyle.js";

const LIBRARY = "./vendor/maplibre-gl/maplibre-gl.mjs";
const SECTOR_REACH_M = 6000;
const FADED = [{ within: 15, as: "" }, { within: 60, as: "aged" }, { within: 600, as: "old" }]; // seconds
const SILENT_S = 3; // as the analysis has it: no position is made up across a longer gap
const FASTEST_M_S = 30;
const GONE_S = 3600;
const CLICK_PX = 6;

export async function openMap(element, { onClick = (_at) => {} } = {}) {
  const [library, { basemap, shapes }] = await Promise.all([import(LIBRARY), ask("/api/map")]);
  const canvas = h("div", { className: "map-canvas" });
  const labels = h("div", { className: "map-labels", ariaHidden: "true" });
  const foot = h("p", { className: "map-foot" }, "WGS84");
  if (basemap?.attribution) foot.append(` · ${basemap.attribution}`);
  element.replaceChildren(canvas, labels, foot);
  let gl;
  try {
    gl = new library.Map({
      container: canvas, style: styleOf(basemap), attributionControl: false,
      dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0,
      center: [118.8, 32.0], zoom: 11, maxZoom: 21, fadeDuration: 0, renderWorldCopies: false,
      locale: { "Map.Title": t("map.title") },
    });
  } catch {
    element.replaceChildren(h("p", { className: "map-none" }, t("map.none")));
    return null;
  }
  gl.touchZoomRotate.disableRotation();
  gl.keyboard.disableRotation();
  gl.addControl(new library.ScaleControl({ maxWidth: 120 }), "bottom-left");
  await gl.once("load");
  openGraticule(gl, labels);
  const map = new StationMap(gl, library, element, shapes);
  gl.on("click", (click) => onClick(map.at(click.point, click.lngLat)));
  document.addEventListener("theme", () => recolour(gl));
  gl.once("idle", () => { element.dataset.map = "ready"; });
  element.map = map;
  return map;
}

class StationMap {
  #library;
  #element;
  #shapes;
  #drones = new Map(); // device id -> { marker, label, heard_s }
  #pins = {};
  #lit = [];

  constructor(gl, library, element, shapes) {
    this.gl = gl;
    this.#library = library;
    this.#element = element;
    this.#shapes = shapes;
    this.redraw();
    setInterval(() => this.#age(), 1000);
    if (shapes.features.length) this.fit(shapes.features.flatMap(corners), { maxZoom: 16 });
  }

  redraw() {
    const name = ({ properties: own }) => (language() === "en" && own.name_en) || own.name || "";
    this.#set("shapes", this.#shapes.features.map((feature) => (
      { ...feature, properties: { ...feature.properties, name: name(feature) } })));
    this.gl.getCanvas().ariaLabel = t("map.title");
    this.#age();
    for (const [kind, pin] of Object.entries(this.#pins)) pin.getElement().title = t(`map.${kind}`);
  }

  #set(source, features) {
    this.gl.getSource(source).setData({ ...EMPTY, features });
  }

  setTracks(tracks) {
    this.#set("tracks", tracks.flatMap(({ points }) => stretches(points)).map((points) =>
      feature("LineString", points.map(lonLat), {})));
  }

  setSightings(list) {
    const own = ({ id, label, here = false, best = true }) => ({ id, label, here, best });
    const placed = list.filter(({ point }) => point);
    this.#set("points", placed.map((one) => feature("Point", lonLat(one.point), own(one))));
    this.#set("ellipses", placed.filter(({ ellipse }) => ellipse).map((one) =>
      feature("Polygon", [ellipseRing(one.point, one.ellipse)], own(one))));
    this.#set("sectors", list.filter(({ sector }) => sector).map((one) =>
      feature("Polygon", [sectorRing(one.sector, SECTOR_REACH_M)], own(one))));
    this.#set("sights", placed.filter(({ here, drone }) => here && drone).map((one) =>
      feature("LineString", [lonLat(one.drone), lonLat(one.point)], {})));
  }

  setAreas(areas) {
    this.#set("areas", areas.map((one) => feature("Polygon", [circleRing(one)], { name: one.name })));
  }

  setPin(place) {
    this.#pin("pin", place);
  }

  setHome(place) {
    this.#pin("home", place);
  }

  setCamera(place) {
    this.#pin("camera", place);
  }

  #pin(kind, place) {
    this.#pins[kind]?.remove();
    delete this.#pins[kind];
    if (!place) return;
    const element = h("div", { className: `map-${kind}`, title: t(`map.${kind}`) });
    this.#pins[kind] = new this.#library.Marker({ element })
      .setLngLat(lonLat(place)).addTo(this.gl);
  }

  setDrones(drones) {
    for (const drone of drones) {
      const known = this.#drones.get(drone.device_id) ?? this.#newDrone(drone);
      known.marker.setLngLat(lonLat(drone));
      known.heardS = drone.t_received_s;
      known.arrow.style.transform = `rotate(${drone.yaw_deg ?? 0}deg)`;
      known.arrow.classList.toggle("unturned", drone.yaw_deg === null);
    }
    this.#age();
  }

  #newDrone(drone) {
    const arrow = svg("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" },
      svg("path", { class: "arrow", d: "M0 -7 5 6 0 3 -5 6Z" }),
      svg("path", { class: "dot", d: "M0 -5a5 5 0 1 0 0 10 5 5 0 0 0 0 -10Z" }));
    const label = h("span", {});
    const element = h("div", { className: "map-drone" }, arrow, label);
    const marker = new this.#library.Marker({ element }).setLngLat(lonLat(drone)).addTo(this.gl);
    const known = { marker, arrow, label, heardS: 0 };
    this.#drones.set(drone.device_id, known);
    return known;
  }

  // Old news looks old: nobody should take a position for granted that is four minutes old.
  #age() {
    for (const [device, { marker, label, heardS }] of this.#drones) {
      const age = nowS() - heardS;
      const element = marker.getElement();
      element.hidden = age > GONE_S;
      const faded = FADED.find(({ within }) => age < within)?.as ?? "lost";
      element.classList.remove("aged", "old", "lost");
      if (faded) element.classList.add(faded);
      label.textContent = `${device} ${ageText(heardS)}`;
    }
  }

  light(ids) {
    const state = (id, lit) => this.gl.setFeatureState({ source: "shapes", id }, { lit });
    for (const id of this.#lit) state(id, false);
    for (const id of ids) state(id, true);
    this.#lit = ids;
  }

  fit(places, { maxZoom = 18 } = {}) {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const padding = Math.min(70, width / 5, height / 5);
    this.gl.fitBounds(boundsOf(places), { padding, maxZoom, animate: false });
  }

  resize() {
    this.gl.resize();
  }

  at({ x, y }, { lat, lng }) {
    const around = [[x - CLICK_PX, y - CLICK_PX], [x + CLICK_PX, y + CLICK_PX]];
    const hit = (area, layers) => this.gl.queryRenderedFeatures(area, { layers })[0]?.properties.id;
    return {
      lat_deg: lat, lon_deg: lng,
      incident_id: hit(around, ["point", "ellipse-fill"]) ?? null,
      premises_id: hit([x, y], ["shape-fill"]) ?? hit(around, ["shape-point"]) ?? null,
    };
  }
}

const lonLat = ({ lon_deg: lon, lat_deg: lat }) => [lon, lat];

// Where nothing was heard for a while, or nothing can fly so fast, nobody knows the way.
function stretches(points) {
  const parts = [];
  points.forEach((point, i) => {
    const before = points[i - 1];
    const silent_s = before ? point.t_s - before.t_s : Infinity;
    const torn = before && metresBetween(before, point) > FASTEST_M_S * Math.max(silent_s, 1);
    if (silent_s > SILENT_S || torn) parts.push([]);
    parts.at(-1).push(point);
  });
  return parts.filter(({ length }) => length > 1);
}

const feature = (type, coordinates, properties) =>
  ({ type: "Feature", properties, geometry: { type, coordinates } });

const corners = ({ geometry: { coordinates } }) => {
  const flat = coordinates.flat(Infinity);
  return flat.filter((_, i) => i % 2 === 0).map((lon, i) => [lon, flat[2 * i + 1]]);
};
