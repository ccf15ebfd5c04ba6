// A flight on the map: what was flown bright, what is still to come faint. The cost of a step does
// not grow with the track: pieces of 100 points change their state, only the last one is drawn anew.
//
//   const drawn = new FlownTrack(map, name, ink)   map: of map.js; name: of its sources; ink: a colour
//   drawn.set(places)       of replay_places.js; null takes it away
//   drawn.show(tS)          draws it as it was then; returns where it was, [lon, lat] or null
//   drawn.nearest(point)    the time of the point of the track within some pixels of this, or null

import { colour } from "./axis.js";
import { EMPTY } from "./mapstyle.js";

const PIECE = 100;
const CLICK_PX = 14;
const BELOW = "sector-fill"; // incidents are drawn over tracks

export class FlownTrack {
  #gl;
  #pieces;
  #tail;
  #ink;
  #places = null;
  #done = 0;

  constructor({ gl }, name, ink) {
    this.#gl = gl;
    this.#ink = ink;
    this.#pieces = `${name}-pieces`;
    this.#tail = `${name}-tail`;
    for (const source of [this.#pieces, this.#tail]) {
      gl.addSource(source, { type: "geojson", data: EMPTY });
      gl.addLayer({
        id: source, type: "line", source, paint: this.#paint(source),
        layout: { "line-join": "round", "line-cap": "round" },
      }, BELOW);
    }
    document.addEventListener("theme", () => {
      for (const source of [this.#pieces, this.#tail]) {
        gl.setPaintProperty(source, "line-color", colour(this.#ink));
      }
    });
  }

  #paint(source) {
    const done = ["boolean", ["feature-state", "done"], source === this.#tail];
    return {
      "line-color": colour(this.#ink),
      "line-width": ["case", done, 3, 2],
      "line-opacity": ["case", done, 1, 0.4],
    };
  }

  set(places) {
    this.#gl.removeFeatureState({ source: this.#pieces });
    this.#done = 0;
    this.#places = places;
    const last = places ? places.lonLat.length - 1 : 0;
    const pieces = [];
    for (let from = 0; from < last; from += PIECE) {
      pieces.push(this.#feature(from, Math.min(from + PIECE, last), null));
    }
    this.#draw(this.#pieces, pieces);
    this.#draw(this.#tail, []);
  }

  show(tS) {
    if (!this.#places) return null;
    const i = this.#places.upto(tS) - 1;
    const done = Math.max(Math.floor(i / PIECE), 0);
    for (let id = this.#done; id < done; id += 1) this.#mark(id, true);
    for (let id = done; id < this.#done; id += 1) this.#mark(id, false);
    this.#done = done;
    const place = this.#places.at(tS);
    this.#draw(this.#tail, place ? [this.#feature(done * PIECE, i, place)] : []);
    return place;
  }

  nearest({ x, y }) {
    let [best, found] = [CLICK_PX ** 2, null];
    for (const [i, lonLat] of (this.#places?.lonLat ?? []).entries()) {
      const at = this.#gl.project(lonLat);
      const away = (at.x - x) ** 2 + (at.y - y) ** 2;
      if (away < best) [best, found] = [away, i];
    }
    return found === null ? null : this.#places.timeOf(found);
  }

  #mark(id, done) {
    this.#gl.setFeatureState({ source: this.#pieces, id }, { done });
  }

  #draw(source, features) {
    this.#gl.getSource(source).setData({ ...EMPTY, features });
  }

  // From one place to another, torn where there was no position, and on to `end`.
  #feature(from, to, end) {
    const lines = [[]];
    for (let i = from; i <= to; i += 1) {
      if (i > from && this.#places.torn(i)) lines.push([]);
      lines.at(-1).push(this.#places.lonLat[i]);
    }
    if (end) lines.at(-1).push(end);
    return {
      type: "Feature", id: from / PIECE, properties: {},
      geometry: { type: "MultiLineString", coordinates: lines.filter((line) => line.length > 1) },
    };
  }
}
