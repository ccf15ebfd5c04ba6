// The map of a replay: the flight, the one beside it, the drone, incidents, and what is covered.
//
//   const shown = await openReplayMap(element, { onSeek, onSelect, onMove })   also without WebGL
//   shown.set(places), shown.setBeside(places)      of replay_places.js, null for none
//   shown.setIncidents(list, selected), shown.setCoverage(coverage)
//   shown.at(tS, { yawDeg, follow })    draws the moment; returns { place, covered }
//   shown.besideAt(place, yawDeg)       the drone of the other flight, null for none
//   shown.view                          { lon, lat, zoom }, may be set; shown.redraw()

import { h, svg } from "./dom.js";
import { openMap } from "./map.js";
import { Covered } from "./replay_covered.js";
import { FlownTrack } from "./replay_track.js";

const MIDDLE = 0.25; // of the map's size: how near to its edge the drone may come while followed

export async function openReplayMap(element, on) {
  const map = await openMap(element, { onClick: ({ incident_id: id }) => { if (id) on.onSelect(id); } });
  if (!map) return new NoMap();
  const { Marker } = await import("./vendor/maplibre-gl/maplibre-gl.mjs");
  return new ReplayMap(map, Marker, on);
}

class ReplayMap {
  #map;
  #own;
  #other;
  #covered;
  #drones;
  #places = null;

  constructor(map, Marker, on) {
    this.#map = map;
    this.#other = new FlownTrack(map, "beside", "--warn");
    this.#own = new FlownTrack(map, "flown", "--accent");
    this.#covered = new Covered(map);
    this.#drones = [new Drone(Marker, map.gl, "own"), new Drone(Marker, map.gl, "other")];
    map.gl.on("click", ({ point }) => {
      const tS = this.#own.nearest(point);
      if (tS !== null) on.onSeek(tS);
    });
    map.gl.on("moveend", on.onMove);
  }

  set(places) {
    this.#places = places;
    this.#own.set(places);
    if (places.lonLat.length) this.#map.fit(places.lonLat, { maxZoom: 17 });
  }

  setBeside(places) {
    this.#other.set(places);
    this.#other.show(Infinity);
    this.#drones[1].show(null);
  }

  setIncidents(list, selected) {
    this.#map.setSightings(list.map(({ incident, ellipse }) => ({
      id: incident.incident_id, label: incident.labels[0], best: true,
      here: incident.incident_id === selected, ellipse,
      point: incident.best.point, sector: incident.best.sector, drone: incident.best.drone,
    })));
  }

  setCoverage(coverage) {
    this.#covered.set(coverage);
  }

  at(tS, { yawDeg, follow }) {
    const place = this.#own.show(tS);
    this.#drones[0].show(place, yawDeg);
    if (follow && place && !this.#inMiddle(place)) this.#map.gl.jumpTo({ center: place });
    return { place, covered: this.#covered.at(tS) };
  }

  besideAt(place, yawDeg) {
    this.#drones[1].show(place, yawDeg);
  }

  get view() {
    const { lng, lat } = this.#map.gl.getCenter();
    return { lon: lng, lat, zoom: this.#map.gl.getZoom() };
  }

  set view({ lon, lat, zoom }) {
    this.#map.gl.jumpTo({ center: [lon, lat], zoom });
  }

  redraw() {
    this.#map.redraw();
  }

  #inMiddle(place) {
    const { x, y } = this.#map.gl.project(place);
    const { clientWidth: width, clientHeight: height } = this.#map.gl.getContainer();
    return Math.abs(x / width - 0.5) < 0.5 - MIDDLE && Math.abs(y / height - 0.5) < 0.5 - MIDDLE;
  }
}

// Where no map can be drawn, everything else still can.
class NoMap {
  view = null;
  #covered = new Covered(null);
  #places = null;

  set(places) { this.#places = places; }
  setBeside() {}
  setIncidents() {}
  setCoverage(coverage) { this.#covered.set(coverage); }
  besideAt() {}
  redraw() {}
  at(tS) {
    return { place: this.#places?.at(tS) ?? null, covered: this.#covered.at(tS) };
  }
}

class Drone {
  #marker;
  #arrow;
  #there = false;
  #gl;

  constructor(Marker, gl, name) {
    this.#gl = gl;
    this.#arrow = svg("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" },
      svg("path", { class: "arrow", d: "M0 -7 5 6 0 3 -5 6Z" }),
      svg("path", { class: "dot", d: "M0 -5a5 5 0 1 0 0 10 5 5 0 0 0 0 -10Z" }));
    this.#marker = new Marker({ element: h("div", { className: `replay-drone ${name}` }, this.#arrow) });
  }

  show(place, yawDeg = null) {
    if (!place) {
      this.#marker.remove();
      this.#there = false;
      return;
    }
    this.#marker.setLngLat(place);
    if (!this.#there) this.#marker.addTo(this.#gl);
    this.#there = true;
    this.#arrow.style.transform = `rotate(${yawDeg ?? 0}deg)`;
    this.#arrow.classList.toggle("unturned", yawDeg === null);
  }
}
