// The map of the patrol log: a flight's track, and its premises in the colour of their result.
//
//   const shown = await openLogMap(element, { onPlace })   also where no map can be drawn
//   shown.set({ track, visits, here })    track of /api/flights/../track or null; visits of the log;
//                                         here is the id of the place that is looked at, or null
//   shown.setYear(seen)                   all premises: seen in the year (an object by id), or not
//   shown.redraw()                        after the language has changed

import { openMap } from "./map.js";
import { ask } from "./api.js";

const TOKENS = { normal: "--good", anomaly: "--fire", not_observable: "--warn" };

export async function openLogMap(element, { onPlace }) {
  const map = await openMap(element, { onClick: ({ premises_id: id }) => { if (id) onPlace(id); } });
  if (!map) return { set() {}, setYear() {}, redraw() {} };
  const { shapes } = await ask("/api/map");
  return new LogMap(map, shapes.features);
}

class LogMap {
  #map;
  #shapes;
  #fitted = null;

  constructor(map, features) {
    this.#map = map;
    this.#shapes = new Map(features.map((one) => [one.properties.id, one]));
    map.gl.addSource("results", { type: "geojson", data: collection([]) });
    map.gl.addLayer({ id: "result-fill", type: "fill", source: "results",
      paint: { "fill-opacity": ["case", ["get", "here"], 0.5, 0.28] } }, "track");
    map.gl.addLayer({ id: "result-line", type: "line", source: "results",
      paint: { "line-width": ["case", ["get", "here"], 4, 2] } }, "track");
    this.#colour();
    document.addEventListener("theme", () => this.#colour());
  }

  set({ track, visits, here }) {
    const points = track
      ? track.lon_deg.map((lon, i) => ({ lon_deg: lon, lat_deg: track.lat_deg[i] })) : [];
    this.#map.setTracks([{ points }]);
    const seen = visits.filter(({ visit }) => this.#shapes.has(visit.place_id));
    this.#map.gl.getSource("results").setData(collection(seen.map(({ visit }) => ({
      ...this.#shapes.get(visit.place_id),
      properties: { result: visit.result, here: visit.place_id === here },
    }))));
    this.#map.light(here ? [here] : []);
    this.#fit(track, points, here);
  }

  setYear(seen) {
    const premises = [...this.#shapes.values()].filter(({ properties: own }) => own.kind === "premises");
    this.#map.setTracks([]);
    this.#map.gl.getSource("results").setData(collection(premises.map((one) => ({
      ...one, properties: { result: one.properties.id in seen ? "normal" : "not_observable", here: false },
    }))));
    this.#map.light([]);
  }

  // Once for each flight, and for a place without one; not with every click in the list.
  #fit(track, points, here) {
    const what = track ? track.flight_id : here;
    if (!what || what === this.#fitted) return;
    this.#fitted = what;
    const shape = this.#shapes.get(here);
    const places = points.map(({ lon_deg: lon, lat_deg: lat }) => [lon, lat]);
    if (shape) places.push(...corners(shape));
    if (places.length) this.#map.fit(places, { maxZoom: 17 });
  }

  #colour() {
    const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const colour = ["match", ["get", "result"],
      ...Object.entries(TOKENS).flatMap(([result, name]) => [result, token(name)]), token("--edge")];
    this.#map.gl.setPaintProperty("result-fill", "fill-color", colour);
    this.#map.gl.setPaintProperty("result-line", "line-color", colour);
  }

  redraw() {
    this.#map.redraw();
  }
}

const collection = (features) => ({ type: "FeatureCollection", features });

function corners({ geometry: { coordinates } }) {
  const flat = coordinates.flat(Infinity);
  return flat.filter((_, i) => i % 2 === 0).map((lon, i) => [lon, flat[2 * i + 1]]);
}
