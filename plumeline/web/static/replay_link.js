// The address of a replay: what somebody else has to open to see the same.
//
//   readLink()                  { flight, besideId, tS, view: { lon, lat, zoom }, sel, shown: [aS, bS] },
//                               null for what the address does not say
//   linkOf(same)                the part after "#"
//   keepLink(now)               put it into the address bar, a little later; now() is asked then

const LATER_MS = 400; // browsers refuse more than some hundred changes in half a minute
let waiting = null;

export function readLink() {
  const said = new URLSearchParams(location.hash.slice(1));
  const number = (name) => (said.get(name)?.match(/^-?\d+(\.\d+)?$/) ? Number(said.get(name)) : null);
  const [lon, lat, zoom, aS, bS] = ["x", "y", "z", "a", "b"].map(number);
  const all = (...values) => values.every((value) => value !== null);
  return {
    flight: said.get("f"),
    besideId: said.get("g"),
    tS: number("t"),
    view: all(lon, lat, zoom) ? { lon, lat, zoom } : null,
    sel: said.get("sel"),
    shown: all(aS, bS) ? [aS, bS] : null,
  };
}

export function linkOf({ flight, besideId, tS, view, sel, shown }) {
  const said = new URLSearchParams({ f: flight, t: tS.toFixed(3) });
  if (view) {
    said.set("x", view.lon.toFixed(6));
    said.set("y", view.lat.toFixed(6));
    said.set("z", view.zoom.toFixed(2));
  }
  if (sel) said.set("sel", sel);
  if (besideId) said.set("g", besideId);
  if (shown) {
    said.set("a", shown[0].toFixed(1));
    said.set("b", shown[1].toFixed(1));
  }
  return said.toString();
}

export function keepLink(asked) {
  waiting ??= setTimeout(() => {
    waiting = null;
    const now = asked();
    if (now) history.replaceState(null, "", `#${linkOf(now)}`);
  }, LATER_MS);
}
