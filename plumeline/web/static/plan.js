// A plan in local metres, north up: track, drone, error ellipse or bearing, take-off point.

import { svg } from "./dom.js";
import { t } from "./i18n.js";

const HEIGHT_PX = 320;
const EDGE_PX = 28;
const STEPS_M = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const RAD = Math.PI / 180;

export function drawPlan(figure, best, ellipse, events, tracks) {
  new ResizeObserver(() => {
    const width = figure.clientWidth; // 0 once another incident has taken its place
    if (width) figure.replaceChildren(plan(width, best, ellipse, events, tracks));
  }).observe(figure);
}

// Metres east and north of an origin: the series of the WGS84 radii, good to a metre at 10 km.
function flatten(origin) {
  const lat = origin.lat_deg * RAD;
  const north = 111132.954 - 559.822 * Math.cos(2 * lat) + 1.175 * Math.cos(4 * lat);
  const east = 111412.84 * Math.cos(lat) - 93.5 * Math.cos(3 * lat);
  return (place) => ({
    e: (place.lon_deg - origin.lon_deg) * east,
    n: (place.lat_deg - origin.lat_deg) * north,
  });
}

function plan(width, best, ellipse, events, tracks) {
  const focus = best.point ?? best.sector ?? best.drone;
  const root = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT_PX}`, role: "img" },
    svg("title", {}));
  root.firstChild.textContent = t("plan.title");
  if (!focus) {
    root.append(text(width / 2, HEIGHT_PX / 2, t("plan.nothing"), "middle"));
    return root;
  }
  const local = flatten(focus);
  const view = fit(width, shown(best, ellipse, local));
  const at = (place) => view.px(local(place));
  root.append(grid(width, view));
  for (const track of tracks) {
    const points = track.points.map((point) => at(point)).map(({ x, y }) => `${x},${y}`);
    root.append(svg("polyline", { class: "track", points: points.join(" ") }));
  }
  if (best.sector) root.append(sector(at(best.sector), best.sector, width));
  for (const { event } of events) {
    if (event.evidence?.point) root.append(dot("sighting", at(event.evidence.point), 2.5));
  }
  if (best.point) root.append(...target(best, ellipse, at(best.point), view));
  const drone = best.drone ?? best.sector;
  if (drone && best.point) root.append(line("sight", at(drone), at(best.point)));
  if (drone) root.append(...landmark("drone", at(drone), width));
  if (best.home) root.append(...landmark("home", at(best.home), width));
  root.append(scaleBar(view), northArrow(width));
  return root;
}

// What must be in view. The take-off point joins if it does not make everything else tiny.
function shown(best, ellipse, local) {
  const places = [{ e: 0, n: 0 }];
  const drone = best.drone ?? best.sector;
  if (drone) places.push(local(drone));
  const around = ellipse ? ellipse.semi_major_m : best.sector ? 150 : 30;
  places.push({ e: -around, n: -around }, { e: around, n: around });
  if (best.home) {
    const home = local(best.home);
    const reach = Math.max(...places.map(({ e, n }) => Math.hypot(e, n)));
    if (Math.hypot(home.e, home.n) < 3 * reach) places.push(home);
  }
  return places;
}

function fit(width, places) {
  const es = places.map(({ e }) => e);
  const ns = places.map(({ n }) => n);
  const mid = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const span = (values) => Math.max(40, Math.max(...values) - Math.min(...values));
  const scale = Math.min((width - 3 * EDGE_PX) / span(es), (HEIGHT_PX - 3 * EDGE_PX) / span(ns));
  const center = { e: mid(es), n: mid(ns) };
  return {
    scale,
    center,
    px: ({ e, n }) => ({
      x: width / 2 + (e - center.e) * scale,
      y: HEIGHT_PX / 2 - (n - center.n) * scale,
    }),
  };
}

const stepOf = (view) => STEPS_M.find((step) => step * view.scale >= 50) ?? STEPS_M.at(-1);

function grid(width, view) {
  const step = stepOf(view);
  const group = svg("g", { class: "grid" });
  const halfE = width / 2 / view.scale;
  const halfN = HEIGHT_PX / 2 / view.scale;
  const first = (middle, half) => Math.ceil((middle - half) / step) * step;
  for (let e = first(view.center.e, halfE); e <= view.center.e + halfE; e += step) {
    const { x } = view.px({ e, n: 0 });
    group.append(line("", { x, y: 0 }, { x, y: HEIGHT_PX }));
  }
  for (let n = first(view.center.n, halfN); n <= view.center.n + halfN; n += step) {
    const { y } = view.px({ e: 0, n });
    group.append(line("", { x: 0, y }, { x: width, y }));
  }
  return group;
}

function target(best, ellipse, { x, y }, view) {
  const shape = svg("ellipse", {
    class: `error ${best.label}`, cx: x, cy: y,
    rx: ellipse.semi_minor_m * view.scale, ry: ellipse.semi_major_m * view.scale,
    transform: `rotate(${ellipse.bearing_deg} ${x} ${y})`,
  });
  return [shape, dot(best.label, { x, y }, 4), text(x + 9, y - 7, "95%")];
}

// It has no far end: how far away the thing is, nobody knows.
function sector({ x, y }, { bearing_deg, sigma_deg }, width) {
  const far = 2 * Math.max(width, HEIGHT_PX);
  const half = 1.96 * sigma_deg;
  const edge = (deg) => `${x + far * Math.sin(deg * RAD)},${y - far * Math.cos(deg * RAD)}`;
  const fan = svg("polygon", {
    class: "sector",
    points: `${x},${y} ${edge(bearing_deg - half)} ${edge(bearing_deg + half)}`,
  });
  const [x2, y2] = edge(bearing_deg).split(",").map(Number);
  return svg("g", {}, fan, line("sight", { x, y }, { x: x2, y: y2 }));
}

function landmark(kind, { x, y }, width) {
  const inX = Math.min(Math.max(x, 12), width - 12);
  const inY = Math.min(Math.max(y, 12), HEIGHT_PX - 12);
  const away = inX !== x || inY !== y;
  const shape = kind === "drone"
    ? svg("path", { class: kind, d: `M${inX} ${inY - 8}l8 8-8 8-8-8z` })
    : svg("rect", { class: kind, x: inX - 6, y: inY - 6, width: 12, height: 12 });
  const right = inX > width - 110;
  const name = t(away ? `plan.${kind}_away` : `plan.${kind}`);
  return [shape, text(right ? inX - 12 : inX + 12, inY + 5, name, right ? "end" : "start")];
}

function scaleBar(view) {
  const step = stepOf(view);
  const y = HEIGHT_PX - 12;
  const group = svg("g", { class: "scale" }, svg("path", {
    d: `M12 ${y - 6}V${y}H${12 + step * view.scale}V${y - 6}`,
  }));
  group.append(text(12, y - 10, t("metres", { n: step })));
  return group;
}

function northArrow(width) {
  const group = svg("g", { class: "north" },
    svg("path", { d: `M${width - 20} 34V12l-5 8m5-8 5 8` }));
  group.append(text(width - 20, 50, t("plan.north"), "middle"));
  return group;
}

function dot(kind, { x, y }, r) {
  return svg("circle", { class: `dot ${kind}`, cx: x, cy: y, r });
}

function line(kind, from, to) {
  return svg("line", { class: kind, x1: from.x, y1: from.y, x2: to.x, y2: to.y });
}

function text(x, y, words, anchor = "start") {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}
