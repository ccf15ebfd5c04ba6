// What a person does with an incident: asked of the server, told when refused, undone for a while.

import { Refused, tell } from "./api.js";
import { byId, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { can } from "./who.js";

export const REASONS =
  ["steam", "kitchen", "permitted_burn", "dust", "cloud", "reflection", "other"];
const SHORTCUTS = {
  a: ["acknowledge"], f: ["confirm", "hand_over"], o: ["reopen"], " ": ["dismiss"],
};
const UNDO_MS = 10_000;
const REFUSED_MS = 12_000;

export const ACT = "POST /api/incidents/{incident_id}/acts";
export const mayAct = () => can(ACT);

let desk = null; // { list(), selected(), changed() }: the incidents, the one shown, when to look again
let acting = false;
let done = null; // { told, verb, untilMs }
let refusedMs = 0;

export function openActs(given) {
  desk = given;
  byId("undo").onclick = undo;
  byId("refused").querySelector("button").onclick = () => refuse("");
  for (const dialog of ["dismissal", "merging"]) {
    byId(dialog).querySelector(".cancel").onclick = () => byId(dialog).close();
  }
  byId("dismissal").onkeydown = (press) => {
    const reason = REASONS[Number(press.key) - 1];
    if (reason && press.target.tagName !== "INPUT") byId(`reason-${reason}`).click();
  };
  setInterval(tick, 250);
}

// A key of the work; true where it was one.
export function press(key) {
  if (!mayAct()) return false;
  if (key === "u") return undo();
  const verbs = SHORTCUTS[key];
  const told = desk.selected();
  if (!verbs || !told) return false;
  const verb = verbs.find((one) => told.may.includes(one));
  if (verb) begin(verb, told);
  else refuse(t("act.not_now", { verb: t(`verb.${verbs[0]}`), state: t(`state.${told.state}`) }));
  return true;
}

export function begin(verb, told) {
  refuse("");
  if (verb === "dismiss") askReason(told);
  else if (verb === "merge") askGoal(told);
  else send(told, { verb });
}

function askReason(told) {
  byId("dismissal").querySelector("h2").textContent =
    t("dismissal.title", { headline: told.headline[language()] });
  byId("dismissal-text").value = "";
  byId("reasons").replaceChildren(...REASONS.map((reason, i) =>
    h("button", {
      type: "button", id: `reason-${reason}`,
      onclick: () => {
        byId("dismissal").close();
        send(told, { verb: "dismiss", reason, text: byId("dismissal-text").value.trim() });
      },
    }, h("kbd", {}, String(i + 1)), t(`reason.${reason}`))));
  byId("dismissal").showModal();
  byId("reasons").firstElementChild.focus();
}

function askGoal(told) {
  const { incident } = told;
  const goals = desk.list().filter((other) =>
    other.may.includes("merge") && other.incident.status === incident.status
    && other.incident.incident_id !== incident.incident_id);
  byId("merging").querySelector("h2").textContent =
    t("merging.title", { headline: told.headline[language()] });
  byId("goals").replaceChildren(...goals.map((other) => h("li", {}, h("button", {
    type: "button",
    onclick: () => {
      byId("merging").close();
      send(told, { verb: "merge", to: other.incident.incident_id });
    },
  }, other.headline[language()], h("span", { className: "quiet" }, other.place[language()])))));
  if (!goals.length) byId("goals").append(h("li", { className: "quiet" }, t("merging.none")));
  byId("merging").showModal();
}

async function send(told, asked) {
  if (acting) return; // a key held down, or struck twice
  acting = true;
  try {
    const id = encodeURIComponent(told.incident.incident_id);
    await tell(`/api/incidents/${id}/acts`, asked);
    note({ told, verb: asked.verb, untilMs: performance.now() + UNDO_MS });
  } catch (problem) {
    refuse(problem instanceof Refused
      ? t("act.refused", { why: problem.message }) : t("act.unreachable"));
  } finally {
    acting = false;
    desk.changed();
  }
}

function undo() {
  if (done && done.verb !== "undo") send(done.told, { verb: "undo" });
  else refuse(t("undo.nothing"));
  return true;
}

function note(one) {
  done = one;
  refuse("");
  drawActs();
}

function refuse(text) {
  refusedMs = performance.now();
  byId("refused").hidden = !text;
  byId("refused").firstElementChild.textContent = text;
}

function tick() {
  const now = performance.now();
  if (done && now > done.untilMs) note(null);
  if (done) byId("undo-left").textContent = String(Math.ceil((done.untilMs - now) / 1000));
  if (now - refusedMs > REFUSED_MS) refuse("");
}

export function drawActs() {
  byId("done").hidden = done === null;
  byId("undo").hidden = done?.verb === "undo";
  byId("done").firstElementChild.textContent =
    done && `${t(`done.${done.verb}`)} · ${done.told.headline[language()]}`;
}
