// Shapes on the ground from the numbers of the API, as rings of [lon, lat]: WGS84, good to a metre
// within 10 km.
//
//   offset(place, east_m, north_m)   the place so far away
//   ellipseRing(point, ellipse)      the 95 % ellipse { semi_major_m, semi_minor_m, bearing_deg }
//   circleRing(area)                 { lat_deg, lon_deg, radius_m }
//   sectorRing(sector, reach_m)      { bearing_deg, sigma_deg } as a fan that holds 95 %
//   metresBetween(a, b)              two places { lat_deg, lon_deg }
//   boundsOf(places)                 [[west, south], [east, north]]

const RAD = Math.PI / 180;
const CORNERS = 72;
const SIGMAS = 1.96; // of one direction; the ellipse's 95 % comes worked out

// Metres in a degree: the series of the WGS84 radii.
function degree(latDeg) {
  const lat = latDeg * RAD;
  return {
    east_m: 111412.84 * Math.cos(lat) - 93.5 * Math.cos(3 * lat),
    north_m: 111132.954 - 559.822 * Math.cos(2 * lat) + 1.175 * Math.cos(4 * lat),
  };
}

export function offset({ lat_deg: lat, lon_deg: lon }, eastM, northM) {
  const metres = degree(lat);
  return [lon + eastM / metres.east_m, lat + northM / metres.north_m];
}

export function metresBetween(a, b) {
  const metres = degree(a.lat_deg);
  return Math.hypot(
    (b.lon_deg - a.lon_deg) * metres.east_m, (b.lat_deg - a.lat_deg) * metres.north_m);
}

export function ellipseRing(point, { semi_major_m: a, semi_minor_m: b, bearing_deg: bearing }) {
  const [sin, cos] = [Math.sin(bearing * RAD), Math.cos(bearing * RAD)];
  return ring((turn) => {
    const [along, across] = [a * Math.cos(turn), b * Math.sin(turn)];
    return offset(point, along * sin + across * cos, along * cos - across * sin);
  });
}

export const circleRing = (area) =>
  ellipseRing(area, { semi_major_m: area.radius_m, semi_minor_m: area.radius_m, bearing_deg: 0 });

const ring = (corner) =>
  Array.from({ length: CORNERS + 1 }, (_, i) => corner((2 * Math.PI * (i % CORNERS)) / CORNERS));

// It has no far end: how far away the thing is, nobody knows. It is drawn as far as it is looked at.
export function sectorRing(sector, reachM) {
  const half = SIGMAS * sector.sigma_deg;
  const arc = Array.from({ length: 13 }, (_, i) => {
    const bearing = (sector.bearing_deg - half + (i * half) / 6) * RAD;
    return offset(sector, reachM * Math.sin(bearing), reachM * Math.cos(bearing));
  });
  const apex = [sector.lon_deg, sector.lat_deg];
  return [apex, ...arc, apex];
}

export function boundsOf(places) {
  const lons = places.map(([lon]) => lon);
  const lats = places.map(([, lat]) => lat);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}
