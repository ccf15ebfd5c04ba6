// The clock of a replay: where it stands, how fast it runs. It knows no page and no real time, so
// that the same steps always end at the same moment.
//
//   const player = new Player({ t0S, t1S, tS, onChange })
//   player.tick(realS)      so much real time has gone by
//   player.seek(tS)         go there; play and pause stay as they are
//   player.toggle()         play or pause; at the end it begins anew
//   player.setSpeed(x), player.faster(by)   one of SPEEDS; the next one up or down
//   player.nudge(byS)       a step of time; pauses
//   player.stepIn(times, by)  to the next or the last moment of a list in order; pauses
//   upto(times, tS)         how many of them are not after tS: the place of the last one is that - 1

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

export class Player {
  playing = false;
  speed = 1;

  constructor({ t0S, t1S, tS = t0S, onChange = () => {} }) {
    this.t0S = t0S;
    this.t1S = t1S;
    this.tS = this.#within(tS);
    this.onChange = onChange;
  }

  tick(realS) {
    if (!this.playing) return;
    this.tS = this.#within(this.tS + realS * this.speed);
    if (this.tS >= this.t1S) this.playing = false;
    this.onChange();
  }

  seek(tS) {
    this.tS = this.#within(tS);
    if (this.tS >= this.t1S) this.playing = false;
    this.onChange();
  }

  toggle() {
    if (!this.playing && this.tS >= this.t1S) this.tS = this.t0S;
    this.playing = !this.playing && this.t1S > this.t0S;
    this.onChange();
  }

  setSpeed(speed) {
    if (!SPEEDS.includes(speed)) return;
    this.speed = speed;
    this.onChange();
  }

  faster(by) {
    this.setSpeed(SPEEDS[SPEEDS.indexOf(this.speed) + by]);
  }

  nudge(byS) {
    this.playing = false;
    this.seek(this.tS + byS);
  }

  stepIn(times, by) {
    this.playing = false;
    const here = upto(times, this.tS);
    const on = here > 0 && times[here - 1] === this.tS;
    const next = times[by > 0 ? here : here - (on ? 2 : 1)];
    if (next !== undefined) this.seek(next);
    else this.onChange();
  }

  #within(tS) {
    return Math.min(Math.max(tS, this.t0S), this.t1S);
  }
}

export function upto(times, tS) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= tS) low = middle + 1;
    else high = middle;
  }
  return low;
}
