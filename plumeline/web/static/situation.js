// The command view's map: every open incident with its ellipse or bearing, the chosen one with its
// track, the drones as they fly.
//
//   openSituation(onSelect, onPlace)   onSelect(incident id), onPlace({ lat_deg, lon_deg, premises_id })
//   showAll(list, selectedId)          the incidents of the queue
//   showStory(story, moved)            the chosen one; moved: bring it into view
//   loadKnown()                        a dismissal may have made a place known, or forgotten it
//   redrawSituation()                  the language has changed
//   pin(place)                         where something is asked

import { ask } from "./api.js";
import { byId } from "./dom.js";
import { ellipseRing, sectorRing } from "./ellipse.js";
import { t } from "./i18n.js";
import { openMap } from "./map.js";

const DRONES_EVERY_MS = 2000;
const SECTOR_IN_VIEW_M = 250;
const OPEN = ["raised", "acknowledged", "confirmed", "handed_over"];

let map = null;
let list = null;
let story = null;
let selectedId = null;
let known = []; // places that dismissals made known, see docs/response.md

export async function openSituation(onSelect, onPlace) {
  map = await openMap(byId("map"), {
    onClick(at) {
      if (at.incident_id) onSelect(at.incident_id);
      else onPlace(at);
    },
  });
  if (!map) return;
  new ResizeObserver(() => map.resize()).observe(byId("map"));
  drawSightings();
  drawStory(true);
  loadDrones();
  loadKnown();
  setInterval(loadDrones, DRONES_EVERY_MS);
}

async function loadDrones() {
  if (document.hidden) return;
  await ask("/api/drones").then((drones) => map.setDrones(drones), () => {}); // the banner tells
}

export async function loadKnown() {
  known = await ask("/api/known-areas").catch(() => known);
  drawKnown();
}

const drawKnown = () => map?.setAreas(known.filter((one) => one.in_force)
  .map(({ area, reason }) => ({ ...area, name: t("map.known", { reason: t(`reason.${reason}`) }) })));

export function showAll(told, chosenId) {
  list = told;
  selectedId = chosenId;
  if (map) drawSightings();
}

export function showStory(told, moved) {
  story = told;
  if (map) drawStory(moved);
}

export function redrawSituation() {
  map?.redraw();
  drawKnown();
}

export const pin = (place) => map?.setPin(place);

function drawSightings() {
  if (!list) return;
  const open = list.filter(({ incident, state }) =>
    incident.incident_id === selectedId || (OPEN.includes(state) && !incident.historic));
  const bests = open.map(({ incident, ellipse }) => ({
    id: incident.incident_id, label: incident.best.label,
    here: incident.incident_id === selectedId, point: incident.best.point, ellipse,
    sector: incident.best.sector, drone: incident.best.drone,
  }));
  map.setSightings([...earlier(), ...bests]);
}

// Where it was placed from single pictures: how well they agree can be seen.
const earlier = () => (story?.events ?? []).filter(({ event }) => event.evidence?.point)
  .map(({ event }) => ({
    id: event.incident_id, label: event.evidence.label, best: false, point: event.evidence.point,
  }));

function drawStory(moved) {
  if (!story) return;
  const { told: { incident, ellipse }, tracks } = story;
  const { best } = incident;
  map.setTracks(tracks);
  map.setHome(best.home);
  map.setCamera(best.drone ?? best.sector);
  map.light(best.premises.map(({ premises_id: id }) => id));
  drawSightings();
  const places = inView(best, ellipse);
  byId("map").dataset.place = best.point ? "ellipse" : best.sector ? "sector" : "none";
  if (moved && places.length) map.fit(places);
}

// What must be seen: the place with its error, and where it was seen from.
function inView({ point, sector, drone }, ellipse) {
  const places = [];
  if (point && ellipse) places.push(...ellipseRing(point, ellipse));
  if (sector) places.push(...sectorRing(sector, SECTOR_IN_VIEW_M));
  const from = drone ?? sector;
  if (from) places.push([from.lon_deg, from.lat_deg]);
  return places;
}
