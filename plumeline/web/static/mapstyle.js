// How the map looks: its sources and layers, in the colours of the page's theme.
//
//   styleOf(basemap)      a MapLibre style without text files: all letters are drawn locally
//   recolour(gl)          after the theme has changed
//   SOURCES               the names of its GeoJSON sources, from below to above

export const SOURCES = ["grid", "shapes", "areas", "tracks", "sectors", "sights", "ellipses", "points"];
export const EMPTY = { type: "FeatureCollection", features: [] };
const NAMED_FROM_ZOOM = 16;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const byLabel = (c) => ["match", ["get", "label"], "fire", c.fire, c.smoke];
const byKind = (c) =>
  ["match", ["get", "kind"], "no_fly", c.fire, "route", c.accent, "zone", c.good, c.edge];
const ofKind = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];
const lit = ["boolean", ["feature-state", "lit"], false];

function layers(c) {
  const paint = (id, type, source, paints, rest = {}) => ({ id, type, source, paint: paints, ...rest });
  return [
    paint("grid", "line", "grid", { "line-color": c.line, "line-opacity": 0.55 }),
    paint("shape-fill", "fill", "shapes", {
      "fill-color": ["case", lit, c.smoke, byKind(c)],
      "fill-opacity": ["case", lit, 0.25, ["==", ["get", "kind"], "no_fly"], 0.12, 0.06],
    }, { filter: ["==", ["geometry-type"], "Polygon"] }),
    paint("shape-line", "line", "shapes", {
      "line-color": ["case", lit, c.smoke, byKind(c)], "line-width": ["case", lit, 2.5, 1],
    }, { filter: ["!", ofKind("route", "no_fly")] }),
    paint("shape-dashes", "line", "shapes", {
      "line-color": byKind(c), "line-width": 1.5, "line-dasharray": [4, 3],
    }, { filter: ofKind("route", "no_fly") }),
    paint("shape-point", "circle", "shapes", {
      "circle-color": byKind(c), "circle-radius": 3,
    }, { filter: ["==", ["geometry-type"], "Point"] }),
    paint("area-fill", "fill", "areas", { "fill-color": c.quiet, "fill-opacity": 0.14 }),
    paint("area-line", "line", "areas", {
      "line-color": c.quiet, "line-width": 1.5, "line-dasharray": [1, 2],
    }),
    paint("shape-name", "symbol", "shapes", words(c), {
      minzoom: NAMED_FROM_ZOOM, layout: named,
    }),
    paint("area-name", "symbol", "areas", words(c), {
      minzoom: NAMED_FROM_ZOOM, layout: named,
    }),
    paint("track", "line", "tracks", { "line-color": c.accent, "line-width": 2 }),
    paint("sector-fill", "fill", "sectors", { "fill-color": c.warn, "fill-opacity": 0.18 }),
    paint("sector-line", "line", "sectors", { "line-color": c.warn, "line-width": 1.5 }),
    paint("sight", "line", "sights", {
      "line-color": c.text, "line-width": 1.2, "line-dasharray": [4, 4],
    }),
    paint("ellipse-fill", "fill", "ellipses", {
      "fill-color": byLabel(c), "fill-opacity": ["case", ["get", "here"], 0.25, 0.08],
    }),
    paint("ellipse-line", "line", "ellipses", {
      "line-color": byLabel(c), "line-width": ["case", ["get", "here"], 2.5, 1.2],
    }),
    paint("point", "circle", "points", {
      "circle-color": byLabel(c), "circle-stroke-color": c.panel, "circle-stroke-width": 1,
      "circle-radius": ["case", ["get", "here"], 5, ["get", "best"], 4, 2.5],
      "circle-opacity": ["case", ["get", "best"], 1, 0.6],
    }),
  ];
}

const words = (c) => ({ "text-color": c.text, "text-halo-color": c.panel, "text-halo-width": 1.6 });
const named = { "text-field": ["get", "name"], "text-size": 14, "text-max-width": 8 };

function colours() {
  const names = ["ground", "panel", "line", "edge", "text", "quiet", "accent", "good", "fire",
    "smoke", "warn"];
  return Object.fromEntries(names.map((name) => [name, token(`--${name}`)]));
}

export function styleOf(basemap) {
  /** @type {Record<string, object>} */
  const sources = Object.fromEntries(SOURCES.map((name) =>
    [name, { type: "geojson", data: EMPTY, ...(name === "shapes" ? { promoteId: "id" } : {}) }]));
  /** @type {object[]} */
  const under = [
    { id: "ground", type: "background", paint: { "background-color": colours().ground } }];
  if (basemap) {
    sources.basemap = {
      type: "raster", tiles: [`${location.origin}/tiles/{z}/{x}/{y}`], tileSize: basemap.tile_px,
      minzoom: basemap.min_zoom, maxzoom: basemap.max_zoom, bounds: basemap.bounds ?? undefined,
    };
    under.push({ id: "basemap", type: "raster", source: "basemap", paint: dimmed() });
  }
  return { version: 8, sources, layers: [...under, ...layers(colours())] };
}

// A map for daylight is too bright beside a dark page.
function dimmed() {
  const dark = document.documentElement.dataset.theme === "dark";
  return { "raster-brightness-max": dark ? 0.55 : 1, "raster-saturation": dark ? -0.4 : -0.2 };
}

export function recolour(gl) {
  const c = colours();
  gl.setPaintProperty("ground", "background-color", c.ground);
  if (gl.getLayer("basemap")) repaint(gl, "basemap", dimmed());
  for (const { id, paint } of layers(c)) repaint(gl, id, paint);
}

function repaint(gl, id, paint) {
  for (const [name, value] of Object.entries(paint)) gl.setPaintProperty(id, name, value);
}
