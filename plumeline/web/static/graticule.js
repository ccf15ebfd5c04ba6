// The grid under everything: meridians and parallels of WGS84 at round steps, named at the edges.
//
//   openGraticule(gl, labels)   keeps the source "grid" and the labels in the element in step

const STEPS_DEG = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const APART_PX = 110;
const EDGE_PX = 34;

export function openGraticule(gl, labels) {
  const lines = () => gl.getSource("grid")?.setData(drawn(gl));
  gl.on("moveend", lines);
  gl.on("move", () => label(gl, labels));
  gl.on("resize", () => {
    lines();
    label(gl, labels);
  });
  lines();
  label(gl, labels);
}

function stepOf(gl) {
  const bounds = gl.getBounds();
  const degPerPx = (bounds.getEast() - bounds.getWest()) / gl.getContainer().clientWidth;
  return STEPS_DEG.find((step) => step / degPerPx >= APART_PX) ?? STEPS_DEG.at(-1);
}

function* rounds(from, to, step) {
  for (let i = Math.ceil(from / step); i * step <= to; i += 1) yield i * step;
}

// A window's width beyond each edge, so that no bare ground is pulled into view.
function drawn(gl) {
  const bounds = gl.getBounds();
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const [south, north] = [Math.max(bounds.getSouth(), -85), Math.min(bounds.getNorth(), 85)];
  const [dLon, dLat, step] = [east - west, north - south, stepOf(gl)];
  const line = (...coordinates) => ({
    type: "Feature", properties: {}, geometry: { type: "LineString", coordinates },
  });
  const features = [];
  for (const lon of rounds(west - dLon, east + dLon, step)) {
    features.push(line([lon, south - dLat], [lon, north + dLat]));
  }
  for (const lat of rounds(south - dLat, north + dLat, step)) {
    features.push(line([west - dLon, lat], [east + dLon, lat]));
  }
  return { type: "FeatureCollection", features };
}

function label(gl, labels) {
  const bounds = gl.getBounds();
  const step = stepOf(gl);
  const { clientWidth: width, clientHeight: height } = gl.getContainer();
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const named = [];
  for (const lon of rounds(bounds.getWest(), bounds.getEast(), step)) {
    const { x } = gl.project([lon, bounds.getSouth()]);
    if (x > EDGE_PX && x < width - EDGE_PX) named.push(["lon", x, `${lon.toFixed(digits)}°`]);
  }
  for (const lat of rounds(bounds.getSouth(), bounds.getNorth(), step)) {
    const { y } = gl.project([bounds.getWest(), lat]);
    if (y > EDGE_PX && y < height - EDGE_PX) named.push(["lat", y, `${lat.toFixed(digits)}°`]);
  }
  while (labels.childElementCount < named.length) labels.append(document.createElement("span"));
  [...labels.children].forEach((element, i) => {
    const [axis, at, text] = named[i] ?? ["", 0, ""];
    element.className = axis;
    element.textContent = text;
    element.style.transform = axis === "lon"
      ? `translate(calc(${at}px - 50%), 0)` : `translate(0, calc(${at}px - 50%))`;
  });
}
