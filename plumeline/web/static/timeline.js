// The time line: detections by height and colour, alarms and acts, gaps hatched, the ruler.
//
//   const line = new Timeline(canvas, cursor, axis, onSeek)
//     canvas, cursor   two canvases of one size, the second on top: only that one changes as time runs
//   line.set({ marks, alarms, gaps })   marks [{ tS, label, score }] and alarms [tS] in order of time
//   line.draw()                         all of it; line.at(tS) the cursor alone
// Drag on the ruler to zoom in, turn the wheel, double-click for all of it; drag below to scrub.

import { colour, sharp } from "./axis.js";
import { upto } from "./player.js";

const RULER_PX = 22;
const WHEEL = 1.0015;
const SMALL_DRAG_PX = 4;

export class Timeline {
  #canvas;
  #cursor;
  #axis;
  #onSeek;
  #marks = [];
  #times = [];
  #alarms = [];
  #gaps = [];
  #tS = 0;
  #drag = null;

  constructor(canvas, cursor, axis, onSeek) {
    this.#canvas = canvas;
    this.#cursor = cursor;
    this.#axis = axis;
    this.#onSeek = onSeek;
    axis.on(() => { this.draw(); });
    new ResizeObserver(() => { this.draw(); }).observe(canvas);
    cursor.addEventListener("pointerdown", (event) => { this.#begin(event); });
    cursor.addEventListener("pointermove", (event) => { this.#move(event); });
    cursor.addEventListener("pointerup", (event) => { this.#end(event); });
    cursor.addEventListener("pointercancel", () => { this.#drag = null; });
    cursor.addEventListener("dblclick", () => { axis.whole(); });
    cursor.addEventListener("wheel", (event) => {
      event.preventDefault();
      axis.zoom(WHEEL ** event.deltaY, this.#timeOf(event));
    }, { passive: false });
  }

  set({ marks, alarms, gaps }) {
    this.#marks = marks;
    this.#times = marks.map(({ tS }) => tS);
    this.#alarms = alarms;
    this.#gaps = gaps;
    this.draw();
  }

  draw() {
    sharp(this.#canvas, (pen, width, height) => {
      this.#drawGaps(pen, width, height);
      this.#drawRuler(pen, width, height);
      this.#drawMarks(pen, width, height);
      this.#drawAlarms(pen, width);
    });
    this.at(this.#tS);
  }

  at(tS) {
    this.#tS = tS;
    sharp(this.#cursor, (pen, width, height) => {
      const x = this.#axis.x(tS, width);
      if (this.#drag?.zooms) {
        pen.fillStyle = colour("--accent");
        pen.globalAlpha = 0.25;
        const [a, b] = [this.#drag.fromX, this.#drag.toX];
        pen.fillRect(Math.min(a, b), 0, Math.abs(b - a), height);
        pen.globalAlpha = 1;
      }
      pen.fillStyle = colour("--text");
      pen.fillRect(x - 1, 0, 2, height);
      pen.beginPath();
      pen.moveTo(x - 6, 0);
      pen.lineTo(x + 6, 0);
      pen.lineTo(x, 8);
      pen.fill();
    });
  }

  #drawRuler(pen, width, height) {
    pen.strokeStyle = colour("--line");
    pen.fillStyle = colour("--quiet");
    pen.font = "14px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.beginPath();
    for (const [tS, label] of this.#axis.ticks(width)) {
      const x = Math.round(this.#axis.x(tS, width)) + 0.5;
      pen.moveTo(x, RULER_PX - 6);
      pen.lineTo(x, height);
      pen.fillText(label, x + 4, RULER_PX / 2);
    }
    pen.moveTo(0, RULER_PX + 0.5);
    pen.lineTo(width, RULER_PX + 0.5);
    pen.stroke();
  }

  #drawGaps(pen, width, height) {
    pen.save();
    pen.beginPath();
    for (const { t0_s: t0S, t1_s: t1S } of this.#gaps) {
      const x = this.#axis.x(t0S, width);
      pen.rect(x, RULER_PX, Math.max(this.#axis.x(t1S, width) - x, 2), height - RULER_PX);
    }
    pen.clip();
    pen.fillStyle = colour("--raised");
    pen.fillRect(0, 0, width, height);
    pen.strokeStyle = colour("--edge");
    pen.beginPath();
    for (let x = -height; x < width; x += 7) {
      pen.moveTo(x, height);
      pen.lineTo(x + height, 0);
    }
    pen.stroke();
    pen.restore();
  }

  #drawMarks(pen, width, height) {
    const tall = height - RULER_PX - 6;
    const from = upto(this.#times, this.#axis.aS - 1);
    const to = upto(this.#times, this.#axis.bS + 1);
    const wide = Math.max(2, Math.min(8, (0.6 * width) / (this.#axis.bS - this.#axis.aS)));
    for (const label of ["smoke", "fire"]) { // fire is drawn over smoke
      pen.fillStyle = colour(`--${label}`);
      for (let i = from; i < to; i += 1) {
        const mark = this.#marks[i];
        if (mark.label === label) {
          const high = Math.max(3, mark.score * tall);
          pen.fillRect(this.#axis.x(mark.tS, width) - wide / 2, height - high, wide, high);
        }
      }
    }
  }

  #drawAlarms(pen, width) {
    pen.fillStyle = colour("--extreme");
    for (const tS of this.#alarms) {
      const x = this.#axis.x(tS, width);
      pen.beginPath();
      pen.moveTo(x, RULER_PX - 7);
      pen.lineTo(x + 6, RULER_PX + 4);
      pen.lineTo(x - 6, RULER_PX + 4);
      pen.fill();
    }
  }

  #timeOf({ offsetX }) {
    return this.#axis.tAt(offsetX, this.#cursor.clientWidth);
  }

  #begin(event) {
    if (event.button) return;
    this.#cursor.setPointerCapture(event.pointerId);
    const zooms = event.offsetY < RULER_PX;
    this.#drag = { zooms, fromX: event.offsetX, toX: event.offsetX };
    if (!zooms) this.#onSeek(this.#timeOf(event));
  }

  #move(event) {
    this.#cursor.style.cursor = event.offsetY < RULER_PX ? "col-resize" : "pointer";
    if (!this.#drag) return;
    this.#drag.toX = event.offsetX;
    if (this.#drag.zooms) this.at(this.#tS);
    else this.#onSeek(this.#timeOf(event));
  }

  #end(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag?.zooms) return;
    if (Math.abs(drag.toX - drag.fromX) < SMALL_DRAG_PX) this.#onSeek(this.#timeOf(event));
    else {
      const ends = [drag.fromX, drag.toX].map((x) => this.#axis.tAt(x, this.#cursor.clientWidth));
      this.#axis.show(Math.min(...ends), Math.max(...ends));
    }
    this.at(this.#tS);
  }
}
