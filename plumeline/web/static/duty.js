// Where an incident stands with people, and what they can do with it now.

import { begin, mayAct } from "./acts.js";
import { countElement, durationText, timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { severityBadge, stateBadge } from "./queue.js";
import { me } from "./who.js";

// In the order of the work, with the key that does the same.
const BUTTONS = [
  ["acknowledge", "a"], ["confirm", "f"], ["hand_over", "f"], ["dismiss", "space"],
  ["arrive", ""], ["resolve", ""], ["close", ""], ["reopen", "o"], ["forget", ""], ["merge", ""],
  ["unmerge", ""],
];
const MOVING = ["acknowledged", "confirmed"];
const ANSWERS = ["acknowledge", "confirm", "dismiss"];

export function drawDuty(told, clock, list, seats) {
  const { incident } = told;
  const held = document.activeElement?.dataset.verb;
  byId("duty").className = incident.status === "actual" ? "" : "drill";
  byId("duty").replaceChildren(...[
    incident.status === "actual" ? null : h("p", { className: "drill-banner" },
      t(`status_banner.${incident.status}`)),
    standing(told, clock, list),
    h("p", { className: "actions" }, ...buttons(told), sheets(told)),
    answered(told, seats),
  ].filter(Boolean));
  if (!held) return;
  const again = byId("duty").querySelector(`[data-verb="${held}"]`);
  (again ?? byId("detail")).focus({ preventScroll: true });
}

function standing(told, clock, list) {
  const { incident, state } = told;
  const { handling } = incident;
  return h("p", { className: "standing" }, severityBadge(told), stateBadge(told), stepBadge(handling),
    handling.reason && state !== "raised" ? h("span", {}, t(`reason.${handling.reason}`)) : null,
    h("span", {}, t("duty.owner"), " ",
      h("b", {}, handling.owner === "duty" ? t("duty.desk") : handling.owner)),
    ...responding(told, clock), merged(handling, list));
}

function stepBadge({ step }) {
  return step ? h("span", { className: `badge step step-${step}` }, t(`step.${step}`)) : null;
}

// Counts until the fire brigade has it, or it is none.
function responding({ rings_since_s: ringsS, state, incident }, clock) {
  const at = (stage) => clock?.stages.find((one) => one.stage === stage)?.t_s ?? null;
  const shown = (key, className, what) =>
    h("span", {}, t(key), " ", h("b", { className: `counter ${className}` }, what));
  if (ringsS !== null) return [shown("duty.waiting", "rings", countElement(ringsS))];
  const [raised, answered, handed] = ["raised", "acknowledged", "handed_over"].map(at);
  if (raised === null || answered === null || incident.historic) return [];
  const took = [shown("duty.answered", "", durationText(answered - raised))];
  if (handed !== null) took.push(shown("duty.handed", "", durationText(handed - raised)));
  else if (MOVING.includes(state)) took.push(shown("duty.running", "", countElement(raised)));
  return took;
}

function merged({ merged_into: goal }, list) {
  if (!goal) return null;
  const other = list.find(({ incident }) => incident.incident_id === goal);
  return h("a", { href: `#${encodeURIComponent(goal)}` },
    t("duty.merged", { headline: other?.headline[language()] ?? goal }));
}

function buttons(told) {
  if (!mayAct()) return [];
  const { handling } = told.incident;
  const arrived = handling.marks.some(({ verb }) => verb === "arrive");
  const knows = handling.marks.some(({ verb, seat, actor }) =>
    ANSWERS.includes(verb) && (seat || actor) === (me().seat || me().name));
  const wanted = BUTTONS.filter(([verb]) => told.may.includes(verb)
    && !(verb === "arrive" && arrived) && !(verb === "acknowledge" && knows));
  return wanted.map(([verb, key]) => h("button", {
    type: "button", className: `verb ${verb}`, data: { verb }, onclick: () => begin(verb, told),
  }, t(`verb.${verb}`), key ? h("kbd", {}, key === "space" ? t("key.space") : key) : null));
}

function sheets({ incident }) {
  const path = `/api/incidents/${encodeURIComponent(incident.incident_id)}/sheet`;
  const link = (kind, words) =>
    h("a", { href: `${path}.${kind}`, target: "_blank", rel: "noopener", className: kind }, words);
  return h("span", { className: "sheets" },
    link("html", t("sheet.open")), link("pdf", t("sheet.pdf")));
}

// Whoever did anything has seen it.
function answered({ incident }, seats) {
  const said = new Map();
  for (const { verb, seat, actor, t_s: tS } of incident.handling.marks) {
    if (verb !== "escalate" && !said.has(seat || actor)) said.set(seat || actor, { actor, tS });
  }
  const yes = [...said].map(([seat, { actor, tS }]) => h("li", { className: "yes" },
    h("b", {}, seat), seat === actor ? "" : ` ${actor}`, " ", timeElement(tS)));
  const no = incident.historic || incident.handling.merged_into ? [] : seats.filter((seat) => !said.has(seat)).map((seat) =>
    h("li", { className: "no" }, h("b", {}, seat), ` ${t("seat.silent")}`));
  if (!yes.length && !no.length) return null;
  return h("ul", { className: "seats", ariaLabel: t("seat.title") }, ...yes, ...no);
}

// The waterfall: each moment, how long after the one before it, and when.
export function drawClock(figure, clock) {
  if (!clock) return figure.replaceChildren();
  const reached = clock.stages.filter(({ t_s: tS }) => tS !== null).sort((a, b) => a.t_s - b.t_s);
  const [first, last] = [reached[0].t_s, reached.at(-1).t_s];
  const share = (tS) => (last > first ? `${(100 * (tS - first)) / (last - first)}%` : "0%");
  const rows = reached.map(({ stage, t_s: tS }, i) => {
    const before = reached[Math.max(i - 1, 0)].t_s;
    const bar = h("i", { style: { marginLeft: share(before), width: share(first + tS - before) } });
    return h("tr", {}, h("th", { scope: "row" }, t(`stage.${stage}`)),
      h("td", {}, i ? `+${durationText(tS - before)}` : ""),
      h("td", { className: "bar" }, bar), h("td", {}, timeElement(tS)));
  });
  const wrong = clock.wrong_clock.length
    ? h("p", { className: "badge warn" }, t("clock.wrong")) : "";
  return figure.replaceChildren(
    h("table", {}, h("caption", {}, t("clock.title")), h("tbody", {}, ...rows)), wrong);
}
