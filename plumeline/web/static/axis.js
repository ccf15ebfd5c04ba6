// A stretch of time laid over a width in pixels: shared by the time line and the strip above it.
//
//   const axis = new Axis(t0S, t1S)   all of it; `axis.on(change)` is called when another part is shown
//   axis.x(tS, width), axis.tAt(x, width)
//   axis.show(aS, bS)                 another part, never shorter than SHORTEST_S nor outside of all
//   axis.zoom(factor, aroundS), axis.whole(), axis.isWhole
//   axis.keep(tS)                     move along where tS has run out of what is shown
//   axis.ticks(width)                 [[tS, label], ...] in the station's time zone

import { timeText } from "./clock.js";

const SHORTEST_S = 2;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const LABEL_PX = 96;

export class Axis {
  #listeners = [];

  constructor(t0S, t1S) {
    this.t0S = t0S;
    this.t1S = Math.max(t1S, t0S + SHORTEST_S);
    this.aS = this.t0S;
    this.bS = this.t1S;
  }

  on(change) {
    this.#listeners.push(change);
  }

  get isWhole() {
    return this.aS <= this.t0S && this.bS >= this.t1S;
  }

  x(tS, width) {
    return ((tS - this.aS) / (this.bS - this.aS)) * width;
  }

  tAt(x, width) {
    return this.aS + (x / width) * (this.bS - this.aS);
  }

  show(aS, bS) {
    const length = Math.min(Math.max(bS - aS, SHORTEST_S), this.t1S - this.t0S);
    const from = Math.min(Math.max((aS + bS - length) / 2, this.t0S), this.t1S - length);
    if (from === this.aS && from + length === this.bS) return;
    this.aS = from;
    this.bS = from + length;
    for (const change of this.#listeners) change();
  }

  zoom(factor, aroundS) {
    this.show(aroundS + (this.aS - aroundS) * factor, aroundS + (this.bS - aroundS) * factor);
  }

  whole() {
    this.show(this.t0S, this.t1S);
  }

  keep(tS) {
    if (tS >= this.aS && tS <= this.bS) return;
    const length = this.bS - this.aS;
    this.show(tS - length * 0.1, tS + length * 0.9);
  }

  ticks(width) {
    const fits = Math.max(width / LABEL_PX, 1);
    const stepS = STEPS_S.find((step) => (this.bS - this.aS) / step <= fits) ?? STEPS_S.at(-1);
    const found = [];
    for (let tS = Math.ceil(this.aS / stepS) * stepS; tS <= this.bS; tS += stepS) {
      found.push([tS, timeText(tS).slice(11, stepS < 60 ? 19 : 16)]);
    }
    return found;
  }
}

// A canvas that is as sharp as the screen; `draw(pen, width, height)` in CSS pixels.
export function sharp(canvas, draw) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  const ratio = devicePixelRatio;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  draw(pen, width, height);
}

// A colour of the theme; asking the page anew for each stroke would cost more than drawing it.
const known = new Map();
document.addEventListener("theme", () => { known.clear(); });

export function colour(name) {
  if (!known.has(name)) {
    known.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  }
  return known.get(name);
}
