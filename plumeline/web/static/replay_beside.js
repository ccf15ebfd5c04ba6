// Before and after: of another flight the picture that was taken closest to where this one was taken,
// looking most nearly the same way.
//
//   const beside = new Beside(places, pictures)   of the other flight: see replay_places.js
//   beside.at(lonLat, yawDeg)   { picture, place, metres, turnDeg } (turnDeg null where not known), or null

const METRES_PER_DEG = 111_195;
const TURN_WEIGHT = 1; // a picture turned away by a degree counts as one metre further off

export class Beside {
  #pictures = [];

  constructor(places, pictures) {
    for (const picture of pictures) {
      const place = places.at(picture.t_s);
      if (place) this.#pictures.push({ picture, place });
    }
  }

  at([lon, lat], yawDeg) {
    const east = METRES_PER_DEG * Math.cos((lat * Math.PI) / 180);
    let best = null;
    for (const { picture, place } of this.#pictures) {
      const metres = Math.hypot((place[0] - lon) * east, (place[1] - lat) * METRES_PER_DEG);
      const turnDeg = turned(picture.yaw_deg, yawDeg);
      const cost = metres + TURN_WEIGHT * (turnDeg ?? 90);
      if (best === null || cost < best.cost) best = { picture, metres, turnDeg, cost, place };
    }
    return best;
  }
}

function turned(aDeg, bDeg) {
  if (aDeg === null || bDeg === null) return null;
  const turn = Math.abs(aDeg - bDeg) % 360;
  return Math.min(turn, 360 - turn);
}
