// The replay: one flight at any speed, everything in step with one clock; without one, the list.

import { Refused, ask } from "./api.js";
import { Axis } from "./axis.js";
import { copied } from "./clipboard.js";
import { timeText } from "./clock.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { ownsSpace } from "./keys.js";
import { Player, SPEEDS, upto } from "./player.js";
import { Beside } from "./replay_beside.js";
import { Events } from "./replay_events.js";
import { Chooser } from "./replay_flights.js";
import { keepLink, linkOf, readLink } from "./replay_link.js";
import { openReplayMap } from "./replay_map.js";
import { Picture } from "./replay_picture.js";
import { Places } from "./replay_places.js";
import { besideWords, coveredText, nowText, pictureWords, valueElements } from "./replay_words.js";
import { drawVerdict, loadVerdict, openVerdict } from "./replay_verdict.js";
import { openShell } from "./shell.js";
import { Strip } from "./strip.js";
import { Timeline } from "./timeline.js";

const root = document.documentElement;
const LONGEST_STEP_S = 0.5; // a tab that was hidden does not leap
const chooser = new Chooser({
  form: byId("wanted"), table: byId("flights-table"), found: byId("flights-found"), pages: byId("flights-pages"),
});
const picture = new Picture(byId("picture"));
const pictureBeside = new Picture(byId("picture-beside"));
const events = new Events(byId("told"), { onSeek: (tS) => player?.seek(tS), onSelect: select });

let flight = null; // { card, track, places, frames, times }
let other = null; // { id, beside }
let player = null;
let axis = null;
let line = null;
let strip = null;
let map = null;
let selected = null;
let shown = {}; // what the page shows at the moment, so that only what changes is drawn

const pathOf = (id) => `/api/flights/${encodeURIComponent(id)}`;

async function openFlight(link) {
  player = null;
  const path = pathOf(link.flight);
  const [card, track, frames, story, known] = await Promise.all([
    ask(path), ask(`${path}/track`), ask(`${path}/frames`), ask(`${path}/events`),
    map ?? openReplayMap(byId("map"), { onSeek: (tS) => player?.seek(tS), onSelect: select, onMove: keep })]);
  map = known;
  flight = { card: card.flight, track, places: new Places(track), frames, times: frames.map(({ t_s: tS }) => tS) };
  const { t0_s: t0S, t1_s: t1S } = card.flight;
  player = new Player({ t0S, t1S, tS: link.tS ?? t0S, onChange: draw });
  openLines(t0S, t1S, story);
  shown = {};
  map.set(flight.places);
  events.set(story);
  selected = link.sel;
  drawHead();
  await openBeside(link.besideId);
  apply(link);
  loadVerdict(link.flight);
  listOthers(link.flight).catch(() => {});
  ask(`${path}/coverage`).then((coverage) => {
    map.setCoverage(coverage);
    draw();
    root.dataset.coverage = coverage.length;
  }, () => {});
}

function openLines(t0S, t1S, story) {
  axis = new Axis(t0S, t1S);
  axis.on(() => { byId("whole").hidden = axis.isWhole; keep(); });
  for (const holder of ["strip", "line"]) { // new canvases: the old ones listen to the old axis
    const fresh = [...byId(holder).children].map((canvas) => canvas.cloneNode());
    byId(holder).replaceChildren(...fresh);
  }
  strip = new Strip(...byId("strip").children, axis);
  line = new Timeline(...byId("line").children, axis, (tS) => player?.seek(tS));
  strip.set(flight.track, flight.places);
  line.set({
    marks: flight.frames.flatMap(({ t_s: tS, detections }) =>
      detections.map(({ label, score }) => ({ tS, label, score }))),
    alarms: story.events.filter(({ kind }) => kind === "raised").map(({ since_s: sinceS }) => sinceS),
    gaps: flight.track.gaps,
  });
}

// What the address says beyond the flight; also when somebody edits it.
function apply(link) {
  if (link.view) map.view = link.view;
  if (link.shown) axis.show(...link.shown);
  select(link.sel);
  player.seek(link.tS ?? player.tS);
}

async function openBeside(id) {
  other = null;
  byId("picture-beside").hidden = !id;
  byId("pictures").classList.toggle("two", Boolean(id));
  map.setBeside(null);
  if (id) {
    const [track, frames] = await Promise.all([ask(`${pathOf(id)}/track`), ask(`${pathOf(id)}/frames`)]);
    const places = new Places(track);
    other = { id, beside: new Beside(places, frames) };
    map.setBeside(places);
  }
  shown.frame = undefined;
  draw();
}

async function listOthers(id) {
  const { flights } = await ask(`/api/flights?near=${encodeURIComponent(id)}&limit=1000`);
  const options = flights.filter(({ flight_id: one, frames }) => one !== id && frames)
    .map(({ flight_id: one, t0_s: t0S }) => h("option", { value: one }, `${timeText(t0S)} ${one}`));
  byId("beside").replaceChildren(h("option", { value: "" }, t("replay.beside_none")), ...options);
  byId("beside").disabled = !options.length;
  byId("beside").value = other?.id ?? "";
}

function select(id) {
  selected = id;
  events.select(id);
  shown.incidents = undefined;
  if (player) draw();
}

const nowShown = () => player && ({
  flight: flight.card.flight_id, besideId: other?.id, tS: player.tS, view: map.view, sel: selected,
  shown: axis.isWhole ? null : [axis.aS, axis.bS],
});

function keep() {
  if (player && !player.playing) keepLink(nowShown);
}

// Everything at the moment of the player's clock, whatever the way there.
function draw() {
  const { tS, playing } = player;
  if (playing) axis.keep(tS);
  line.at(tS);
  strip.at(tS);
  const at = upto(flight.times, tS) - 1;
  const frame = flight.frames[at] ?? null;
  const { covered } = map.at(tS, { yawDeg: frame?.yaw_deg ?? null, follow: byId("follow").checked });
  drawFrame(frame);
  drawClock(tS, playing);
  byId("values").replaceChildren(...valueElements(flight.places.values(tS), flight.track.height_datum));
  byId("covered").textContent = coveredText(covered);
  const told = events.at(tS);
  if (told !== shown.incidents) map.setIncidents(events.incidents.slice(0, told), selected);
  shown.incidents = told;
  keep();
}

function drawFrame(frame) {
  if (frame === shown.frame) return;
  shown.frame = frame;
  picture.show(frame, frame ? pictureWords(frame) : []);
  root.dataset.frame = frame?.sha256 ?? "";
  if (!other) return;
  const place = frame && flight.places.at(frame.t_s);
  const found = place && other.beside.at(place, frame.yaw_deg);
  map.besideAt(found?.place ?? null, found?.picture.yaw_deg ?? null);
  pictureBeside.show(found?.picture ?? null, found ? besideWords(found) : []);
}

function drawClock(tS, playing) {
  byId("now").textContent = nowText(tS);
  root.dataset.t = tS.toFixed(3);
  byId("speed").value = String(player.speed);
  Object.assign(byId("scrubber"), {
    ariaValueMin: 0, ariaValueMax: Math.round(player.t1S - player.t0S),
    ariaValueNow: Math.round(tS - player.t0S), ariaValueText: nowText(tS),
  });
  if (playing === shown.playing) return;
  shown.playing = playing;
  byId("play").replaceChildren(icon(playing ? "pause" : "play"), t(playing ? "replay.pause" : "replay.play"));
  if (playing && lastMs === null) requestAnimationFrame(run);
}

function drawHead() {
  const { flight_id: id, t0_s: t0S, t1_s: t1S, source } = flight.card;
  byId("flown-name").textContent = id;
  byId("flown-span").textContent = `${timeText(t0S).slice(0, 19)} – ${timeText(t1S).slice(11)}`;
  byId("flown-source").textContent = t(`source.${source}`);
  byId("scrubber").ariaLabel = t("replay.line");
  byId("speed").replaceChildren(...SPEEDS.map((speed) => h("option", { value: String(speed) }, `${speed}×`)));
}

let lastMs = null; // when the last step of the running replay was drawn

function run(nowMs) {
  const stepS = lastMs === null ? 0 : Math.min((nowMs - lastMs) / 1000, LONGEST_STEP_S);
  lastMs = nowMs;
  player.tick(stepS);
  if (player.playing) requestAnimationFrame(run);
  else lastMs = null;
}

async function copyLink() {
  const link = `${location.origin}/replay#${linkOf(nowShown())}`;
  history.replaceState(null, "", link);
  byId("copy-link").textContent = t((await copied(link)) ? "copy.done" : "copy.failed");
  setTimeout(() => { byId("copy-link").textContent = t("replay.link"); }, 2000);
}

function check(id) {
  byId(id).checked = !byId(id).checked;
  byId(id).dispatchEvent(new Event("change"));
}

const KEYS = {
  " ": () => player.toggle(),
  ",": () => player.stepIn(flight.times, -1),
  ".": () => player.stepIn(flight.times, 1),
  ArrowLeft: () => player.nudge(-1),
  ArrowRight: () => player.nudge(1),
  Home: () => player.seek(player.t0S),
  End: () => player.seek(player.t1S),
  "-": () => player.faster(-1),
  "+": () => player.faster(1),
  "=": () => player.faster(1),
  f: () => check("follow"),
  b: () => check("boxes"),
  l: copyLink,
};

function press({ key, shiftKey, target }) {
  if (!player || byId("replay").hidden || (key === " " && ownsSpace(target))) return false;
  if (shiftKey && key === "ArrowLeft") player.nudge(-10);
  else if (shiftKey && key === "ArrowRight") player.nudge(10);
  else if (KEYS[key]) KEYS[key]();
  else return false;
  return true;
}

function listen() {
  byId("play").onclick = () => player.toggle();
  byId("frame-back").onclick = KEYS[","];
  byId("frame-on").onclick = KEYS["."];
  byId("speed").onchange = ({ target }) => player.setSpeed(Number(target.value));
  byId("follow").onchange = draw;
  byId("boxes").onchange = () => {
    for (const one of [picture, pictureBeside]) one.boxes(byId("boxes").checked);
  };
  byId("whole").onclick = () => axis.whole();
  byId("beside").onchange = ({ target }) => openBeside(target.value || null);
  byId("copy-link").onclick = copyLink;
  openVerdict(byId("verdict"), byId("verdict-told"));
  addEventListener("hashchange", open);
}

async function open() {
  const link = readLink();
  byId("flights").hidden = Boolean(link.flight);
  byId("replay").hidden = !link.flight;
  if (link.flight && link.flight === flight?.card.flight_id && player) return apply(link);
  if (!link.flight) player = null;
  try {
    await (link.flight ? openFlight(link) : chooser.load());
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    byId("flights").hidden = false;
    byId("replay").hidden = true;
    byId("flights-found").textContent = t("replay.refused", { why: refused.message });
  }
  root.dataset.ready = "";
}

function drawAll() {
  chooser.draw();
  if (!player) return;
  shown = {};
  map.redraw();
  drawHead();
  drawVerdict();
  events.draw();
  picture.redraw();
  pictureBeside.redraw();
  line.draw();
  draw();
}

await openShell({
  view: "replay",
  help: [["key.space", "help.play"], [", .", "help.frame"], ["\u2190 \u2192", "help.second"],
    ["Shift \u2190 \u2192", "help.ten"], ["+ -", "help.speed"], ["f", "help.follow"], ["b", "help.boxes"],
    ["l", "help.link"]],
  notes: ["help.line"],
  redraw: drawAll,
  press,
});
for (const [id, name] of [["frame-back", "frame_back"], ["frame-on", "frame_on"]]) byId(id).append(icon(name));
listen();
await open();
