// The command view: what is shown, and when it is asked for again.

import { ACT, drawActs, mayAct, openActs, press as act } from "./acts.js";
import * as alarms from "./alarms.js";
import { ask } from "./api.js";
import { byId } from "./dom.js";
import { drawDetail } from "./detail.js";
import { drawClock, drawDuty } from "./duty.js";
import { drawEvidence, press as look } from "./evidence.js";
import { drawHazard, loadHazard } from "./hazard.js";
import { t } from "./i18n.js";
import { ownsSpace } from "./keys.js";
import { loadLetters } from "./letters.js";
import { ASK, askAbout, drawQuestion, mayAsk, openQuestion } from "./question.js";
import { drawQueue, walkable } from "./queue.js";
import { drawReviews, loadReviews } from "./reviews.js";
import { openShell } from "./shell.js";
import * as situation from "./situation.js";
import { drawStatus } from "./status.js";
import { atWall, openWall, switchWall } from "./wall.js";

const QUEUE_LIMIT = 200;
const STATUS_EVERY_MS = 10_000;

const root = document.documentElement;
const away = { untilN: 0, incidents: new Set(), sightings: 0 };
let station = null;
let list = null;
let status = null;
let story = null;
let selectedId = named(location.hash);

function named(hash) {
  return decodeURIComponent(hash.slice(1)) || null;
}

async function read(fresh) {
  list = fresh;
  const first = list.incidents[0]?.incident.incident_id ?? null;
  if (atWall() || (!selected() && !story)) selectedId = first;
  byId("detail").classList.toggle("idle", !selectedId);
  drawQueue(list, selectedId, select);
  situation.showAll(list.incidents, selectedId);
  await loadStory();
  root.dataset.incidents = list.total;
  root.dataset.ready = "";
}

const selected = () => list?.incidents.find(({ incident }) => incident.incident_id === selectedId);

async function loadStory() {
  const told = selected();
  if (!told || (story && same(story.told, told))) return;
  const path = `/api/incidents/${encodeURIComponent(selectedId)}`;
  const [answer, tracks, pictures, clock] = await Promise.all([ask(path), ask(`${path}/track`),
    ask(`${path}/pictures`), told.incident.raised ? ask(`${path}/clock`) : null, loadHazard(told), loadReviews(told)]);
  if (answer.told.incident.incident_id !== selectedId) return;
  const another = story?.told.incident.incident_id !== selectedId;
  const moved = another || seen(story.told) !== seen(answer.told);
  story = { ...answer, tracks, pictures, clock };
  drawStory(moved);
  situation.showStory(story, another || placed(story.told) !== byId("map").dataset.at);
  byId("map").dataset.at = placed(story.told);
}

const placed = ({ incident: { incident_id: id, best } }) => `${id} ${best.point ? "point" : "bearing"}`;

// The picture stays as it is while people act on the incident: a redrawn one flickers.
function drawStory(moved) {
  if (moved) {
    drawDetail(story.told);
    drawEvidence(story.told, story.events, story.pictures);
  }
  drawDuty(story.told, story.clock, list.incidents, station.seats);
  drawClock(byId("clock"), story.clock);
  drawHazard(story.told);
  drawReviews(story.told);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const seen = ({ incident: { handling, ...rest } }) => JSON.stringify(rest);

function select(incidentId) {
  selectedId = incidentId;
  history.replaceState(null, "", `#${encodeURIComponent(incidentId)}`);
  drawQueue(list, selectedId, select);
  situation.showAll(list.incidents, selectedId);
  byId("queue").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  loadStory().catch(alarms.refresh);
}

function step(by) {
  const ids = walkable();
  const next = ids[ids.indexOf(selectedId) + by];
  if (next) select(next);
  return true;
}

function press({ key, target, repeat }) {
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  if (key === "w") return switchWall();
  if (key === "q" && mayAsk()) {
    byId("question-place").focus();
    return true;
  }
  if (look(key)) return true;
  const inQueue = target.closest("#queue [aria-current]") !== null;
  return !repeat && !(key === " " && ownsSpace(target) && !inQueue) && act(key);
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
  [status] = await Promise.all([ask("/api/status"), loadLetters()]);
  drawStatus(status);
}

function drawAll() {
  if (list) drawQueue(list, selectedId, select);
  if (story) drawStory(true);
  if (status) drawStatus(status);
  showMissed();
  drawActs();
  drawQuestion();
  situation.redrawSituation();
}

function listen() {
  byId("away").querySelector("button").onclick = forgetMissed;
  addEventListener("hashchange", () => {
    const wanted = named(location.hash);
    if (list && wanted && wanted !== selectedId) select(wanted);
  });
  setInterval(() => loadStatus().catch(() => {}), STATUS_EVERY_MS);
}

openActs({ list: () => list?.incidents ?? [], selected, changed: alarms.refresh });
station = await openShell({
  view: "command",
  help: [["j k", "help.walk"], ["a", "help.acknowledge", ACT], ["f", "help.confirm", ACT],
    ["key.space", "help.dismiss", ACT], ["u", "help.undo", ACT], ["o", "help.reopen", ACT],
    [", .", "help.pictures"], ["+ - b", "help.picture"], ["q", "help.question", ASK], ["w", "help.wall"]],
  notes: ["help.sound"],
  redraw: drawAll,
  press,
  live: {
    hello({ resumed, last_n: lastN }) {
      away.untilN = resumed ? lastN : 0;
    },
    event(numbered) {
      countMissed(numbered);
      if (numbered.event.kind === "act") situation.loadKnown();
    },
    heartbeat: showMissed,
  },
  alarms: { limit: QUEUE_LIMIT, read },
});
byId("queue-keys").hidden = !mayAct();
drawAll();
listen();
openWall(alarms.refresh);
openQuestion({ pin: situation.pin, select });
situation.openSituation(select, askAbout);
loadStatus().catch(() => {});
