// Premises lit as they are covered: what the flight had looked at up to a moment.
//
//   const covered = new Covered(map)   map: of map.js, or null
//   covered.set(coverage)              list of geo.coverage.Coverage
//   covered.at(tS)                     lights them; returns { seen, covered, all } in numbers

import { colour } from "./axis.js";

const SEEN = 1;
const COVERED = 2;

export class Covered {
  #gl;
  #steps = []; // [tS, premises, level] in order of time
  #all = 0;
  #done = 0;
  #levels = new Map();

  constructor(map) {
    this.#gl = map?.gl ?? null;
    if (!this.#gl) return;
    const level = ["coalesce", ["feature-state", "looked"], 0];
    const byLevel = (none, seen, full) => ["match", level, COVERED, full, SEEN, seen, none];
    const polygon = ["==", ["geometry-type"], "Polygon"];
    const layer = (id, type, paint) => this.#gl.addLayer(
      { id, type, source: "shapes", filter: polygon, paint: this.#inks(id, paint) }, "shape-name");
    layer("looked-fill", "fill", { "fill-opacity": byLevel(0, 0.15, 0.45) });
    layer("looked-line", "line", { "line-width": byLevel(0, 1.5, 2.5), "line-opacity": byLevel(0, 0.7, 1) });
    document.addEventListener("theme", () => {
      for (const id of ["looked-fill", "looked-line"]) {
        for (const [name, ink] of Object.entries(this.#inks(id, {}))) this.#gl.setPaintProperty(id, name, ink);
      }
    });
  }

  #inks(id, paint) {
    return { [id === "looked-fill" ? "fill-color" : "line-color"]: colour("--good"), ...paint };
  }

  set(coverage) {
    for (const id of this.#levels.keys()) this.#light(id, 0);
    this.#levels.clear();
    this.#done = 0;
    this.#all = coverage.length;
    this.#steps = coverage.flatMap(({ premises_id: id, first_s: firstS, covered_s: coveredS }) => [
      ...(firstS === null ? [] : [[firstS, id, SEEN]]),
      ...(coveredS === null ? [] : [[coveredS, id, COVERED]]),
    ]).sort(([a], [b]) => a - b);
  }

  at(tS) {
    for (; this.#done < this.#steps.length && this.#steps[this.#done][0] <= tS; this.#done += 1) {
      const [, id, level] = this.#steps[this.#done];
      this.#set(id, level);
    }
    for (; this.#done > 0 && this.#steps[this.#done - 1][0] > tS; this.#done -= 1) {
      const [, id, level] = this.#steps[this.#done - 1];
      this.#set(id, level - 1);
    }
    const levels = [...this.#levels.values()];
    return {
      all: this.#all,
      seen: levels.filter((level) => level === SEEN).length,
      covered: levels.filter((level) => level === COVERED).length,
    };
  }

  #set(id, level) {
    this.#levels.set(id, level);
    this.#light(id, level);
  }

  #light(id, looked) {
    this.#gl?.setFeatureState({ source: "shapes", id }, { looked });
  }
}
