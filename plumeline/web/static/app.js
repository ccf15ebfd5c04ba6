// The page: what is shown, and when it is asked for again.

import { drawActs, openActs } from "./acts.js";
import { setClock, setZone, tickAges } from "./clock.js";
import { byId } from "./dom.js";
import { drawDetail } from "./detail.js";
import { drawClock, drawDuty } from "./duty.js";
import { choose, language, remembered, t } from "./i18n.js";
import { openKeys } from "./keys.js";
import { Live } from "./live.js";
import { drawQueue, walkable } from "./queue.js";
import { isOn, openSound, ringFor } from "./sound.js";
import { drawStatus } from "./status.js";
import { drawUploads, loadUploads, openUploads } from "./upload.js";
import { drawWho, openWho } from "./who.js";

const STALE_S = 5;
const STATUS_EVERY_MS = 10_000;
const REORDER_EVERY_MS = 30_000;
const PAUSE_MS = 250;

const root = document.documentElement;
const away = { untilN: 0, incidents: new Set(), sightings: 0 };
let station = null;
let list = null;
let status = null;
let story = null;
let selectedId = named(location.hash);
let rung = null;
let wanted = false;
let loading = false;

// "#/..." is a view; anything else is the incident to show, whose slashes are escaped.
function named(hash) {
  return hash.startsWith("#/") ? null : decodeURIComponent(hash.slice(1)) || null;
}

function showView() {
  const uploading = location.hash === "#/upload";
  byId("incidents").hidden = uploading;
  byId("upload").hidden = !uploading;
  for (const link of byId("views").children) {
    const here = link.hash === "#/upload" === uploading;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (uploading) loadUploads();
  const wantedId = named(location.hash);
  if (list && wantedId && wantedId !== selectedId) select(wantedId);
}

async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// Any number of wishes while one load is under way end in one more load.
async function reload() {
  wanted = true;
  if (loading) return;
  loading = true;
  try {
    while (wanted) {
      wanted = false;
      await load();
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
    }
  } catch {
    wanted = true; // the next heartbeat tries again
  } finally {
    loading = false;
  }
}

async function load() {
  list = await ask("/api/incidents");
  setClock(list.t_s);
  if (!selected() && !story) selectedId = list.incidents[0]?.incident.incident_id ?? null;
  drawQueue(list, selectedId, select);
  ringFor(list.incidents);
  announce();
  await loadStory();
  root.dataset.incidents = list.total;
  root.dataset.ready = "";
}

const selected = () => list?.incidents.find(({ incident }) => incident.incident_id === selectedId);

async function loadStory() {
  const told = selected();
  if (!told || (story && same(story.told, told))) return;
  const path = `/api/incidents/${encodeURIComponent(selectedId)}`;
  const [answer, tracks, clock] = await Promise.all([
    ask(path), ask(`${path}/track`), told.incident.raised ? ask(`${path}/clock`) : null]);
  if (answer.told.incident.incident_id !== selectedId) return;
  const moved = !story || seen(story.told) !== seen(answer.told);
  story = { ...answer, tracks, clock };
  drawStory(moved);
}

// The picture stays as it is while people act on the incident: a redrawn one flickers.
function drawStory(moved) {
  if (moved) drawDetail(story.told, story.events, story.tracks);
  drawDuty(story.told, story.clock, list.incidents, station.seats);
  drawClock(byId("clock"), story.clock);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const seen = ({ incident: { handling, ...rest } }) => JSON.stringify(rest);

// The first list is no news.
function announce() {
  const ringing = list.incidents.filter((told) => told.rings_since_s !== null);
  const fresh = ringing.filter(({ incident }) => rung && !rung.has(incident.incident_id));
  rung = new Set(ringing.map(({ incident }) => incident.incident_id));
  if (fresh.length) {
    byId("alarms").textContent =
      fresh.map((told) => t("alarm.new", { headline: told.headline[language()] })).join(" ");
  }
  drawTitle();
}

function drawTitle() {
  const calls = list?.unanswered ? `(${list.unanswered}) ` : "";
  document.title = `${calls}Plumeline · ${station[`name_${language()}`]}`;
}

function select(incidentId) {
  selectedId = incidentId;
  history.replaceState(null, "", `#${encodeURIComponent(incidentId)}`);
  drawQueue(list, selectedId, select);
  byId("queue").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  loadStory().catch(reload);
}

function step(by) {
  const ids = walkable();
  const next = ids[ids.indexOf(selectedId) + by];
  if (next) select(next);
}

function showSilence(seconds) {
  const stale = seconds > STALE_S;
  byId("stale").hidden = !stale;
  byId("stale").textContent = stale ? t("link.stale", { n: Math.floor(seconds) }) : "";
  byId("link").className = stale ? "link down" : "link up";
  byId("link").textContent = t(stale ? "link.down" : "link.up");
}

// Old pictures that came in late are news for the log, not for the person at the desk.
function countMissed({ n, event }) {
  if (n > away.untilN || !event.evidence || event.evidence.historic) return;
  if (event.kind === "raised") away.incidents.add(event.incident_id);
  if (event.kind !== "placed") away.sightings += 1;
}

function showMissed() {
  byId("away").hidden = away.sightings === 0;
  byId("away").firstElementChild.textContent =
    t("away.missed", { incidents: away.incidents.size, sightings: away.sightings });
}

function forgetMissed() {
  away.incidents.clear();
  away.sightings = 0;
  showMissed();
}

async function loadStatus() {
  if (document.hidden) return;
  status = await ask("/api/status");
  drawStatus(status);
}

function drawAll() {
  drawTitle();
  byId("station").textContent = station[`name_${language()}`];
  if (list) drawQueue(list, selectedId, select);
  if (story) drawStory(true);
  if (status) drawStatus(status);
  showMissed();
  drawUploads();
  drawWho();
  drawActs();
}

function listen() {
  byId("language").onclick = () =>
    choose(language() === "zh" ? "en" : "zh").then(drawAll);
  byId("away").querySelector("button").onclick = forgetMissed;
  openWho(station.seats, drawAll);
  openSound();
  openActs({ list: () => list?.incidents ?? [], selected, changed: reload });
  openKeys(step);
  addEventListener("hashchange", showView);
  setInterval(tickAges, 1000);
  setInterval(() => loadStatus().catch(() => {}), STATUS_EVERY_MS);
  setInterval(reload, REORDER_EVERY_MS);
  return new Live({
    hello({ resumed, last_n: lastN }) {
      away.untilN = resumed ? lastN : 0;
      reload();
    },
    event(numbered) {
      countMissed(numbered);
      reload();
    },
    heartbeat({ t_s: serverS }) {
      setClock(serverS);
      showMissed();
      if (wanted) reload();
    },
    silence: showSilence,
    isNeeded: isOn,
  });
}

[station] = await Promise.all([ask("/api/station"), choose(remembered())]);
setZone(station.time_zone);
openUploads();
drawAll();
showView();
listen();
loadStatus().catch(() => {});
