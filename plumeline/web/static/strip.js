// Height and speed over time, with the values at the cursor.
//
//   const strip = new Strip(canvas, cursor, axis)
//   strip.set(track, places)   plumeline.columns.TrackColumns, and replay_places.js over it
//   strip.draw()               all of it; strip.at(tS) the cursor alone

import { colour, sharp } from "./axis.js";
import { upto } from "./player.js";

const EDGE_PX = 4;
const LINES = [
  { name: "height_m", value: "heightM", ink: "--accent" },
  { name: "speed_mps", value: "speedMps", ink: "--good" },
];

export class Strip {
  #canvas;
  #cursor;
  #axis;
  #track = null;
  #places = null;
  #spans = {};
  #tS = 0;

  constructor(canvas, cursor, axis) {
    this.#canvas = canvas;
    this.#cursor = cursor;
    this.#axis = axis;
    axis.on(() => { this.draw(); });
    new ResizeObserver(() => { this.draw(); }).observe(canvas);
  }

  set(track, places) {
    this.#track = track;
    this.#places = places;
    this.#spans = Object.fromEntries(LINES.map(({ name }) => [name, span(track[name])]));
    this.draw();
  }

  draw() {
    if (!this.#track) return;
    sharp(this.#canvas, (pen, width, height) => {
      for (const { name, ink } of LINES) this.#drawLine(pen, width, height, name, colour(ink));
    });
    this.at(this.#tS);
  }

  at(tS) {
    this.#tS = tS;
    sharp(this.#cursor, (pen, width, height) => {
      const x = this.#axis.x(tS, width);
      pen.fillStyle = colour("--text");
      pen.fillRect(x - 0.5, 0, 1, height);
      const values = this.#places?.values(tS) ?? {};
      for (const { name, value, ink } of LINES) {
        if ((values[value] ?? null) === null) continue;
        pen.fillStyle = colour(ink);
        pen.beginPath();
        pen.arc(x, this.#y(values[value], name, height), 4, 0, 2 * Math.PI);
        pen.fill();
      }
    });
  }

  #y(value, name, height) {
    const [low, high] = this.#spans[name];
    return height - EDGE_PX - ((value - low) / (high - low)) * (height - 2 * EDGE_PX);
  }

  // Of the values in one column of pixels the least and the greatest: no peak is lost.
  #drawLine(pen, width, height, name, ink) {
    const { t0_s: t0S, t_s: times, [name]: values } = this.#track;
    const from = Math.max(upto(times, this.#axis.aS - t0S) - 1, 0);
    const to = Math.min(upto(times, this.#axis.bS - t0S) + 1, times.length);
    pen.strokeStyle = ink;
    pen.lineWidth = 1.5;
    pen.beginPath();
    let down = false;
    for (let i = from; i < to;) {
      const x = Math.round(this.#axis.x(t0S + times[i], width));
      const torn = this.#places.torn(i);
      let [low, high] = [Infinity, -Infinity];
      let last = null;
      for (; i < to && Math.round(this.#axis.x(t0S + times[i], width)) === x; i += 1) {
        last = values[i];
        if (last === null) continue;
        low = Math.min(low, last);
        high = Math.max(high, last);
      }
      if (high < low) {
        down = false;
        continue;
      }
      if (torn || !down) pen.moveTo(x, this.#y(low, name, height));
      else pen.lineTo(x, this.#y(low, name, height));
      if (high > low) pen.lineTo(x, this.#y(high, name, height));
      if (last !== null) pen.lineTo(x, this.#y(last, name, height));
      down = true;
    }
    pen.stroke();
  }
}

function span(values) {
  let [low, high] = [0, 1];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high * 1.05];
}
