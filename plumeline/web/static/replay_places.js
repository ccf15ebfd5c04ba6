// Where a flight was at any moment.
//
//   const places = new Places(track)   plumeline.columns.TrackColumns
//   places.lonLat                      [[lon, lat], ...]; places.timeOf(i) when
//   places.torn(i)                     whether there was no position between the one before and this
//   places.upto(tS)                    the number of positions that are not after tS
//   places.at(tS)                      [lon, lat]: between two positions on the way from one to the
//                                      other, in a gap where it was last; null before the first
//   places.values(tS)                  { heightM, speedMps } of the last position, nulls in a gap

import { upto } from "./player.js";

export const GAP_S = 3; // ingest.logs.report.GAP_S
const ROUNDED_S = 5e-4; // the times are told in milliseconds

export class Places {
  #track;

  constructor(track) {
    this.#track = track;
    this.lonLat = track.t_s.map((_, i) => [track.lon_deg[i], track.lat_deg[i]]);
  }

  timeOf(i) {
    return this.#track.t0_s + this.#track.t_s[i];
  }

  torn(i) {
    return i > 0 && this.#track.t_s[i] - this.#track.t_s[i - 1] > GAP_S;
  }

  upto(tS) {
    return upto(this.#track.t_s, tS - this.#track.t0_s + ROUNDED_S);
  }

  at(tS) {
    const i = this.upto(tS) - 1;
    if (i < 0) return null;
    const here = this.lonLat[i];
    const next = this.lonLat[i + 1];
    if (!next || this.torn(i + 1)) return here;
    const stepS = this.timeOf(i + 1) - this.timeOf(i);
    const share = Math.min(Math.max((tS - this.timeOf(i)) / stepS, 0), 1);
    return here.map((value, axis) => value + (next[axis] - value) * share);
  }

  values(tS) {
    const i = this.upto(tS) - 1;
    const known = i >= 0 && tS - this.timeOf(i) <= GAP_S;
    return {
      heightM: known ? this.#track.height_m[i] : null,
      speedMps: known ? this.#track.speed_mps[i] : null,
    };
  }
}
