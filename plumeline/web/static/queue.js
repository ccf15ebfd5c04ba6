// The queue of incidents, in the order the server gives; what was merged folds under its goal.

import { ageElement, timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { labelIcon, severityIcon } from "./icons.js";

const unfolded = new Set();

export function drillBadge({ status }) {
  return status === "actual" ? null : h("span", { className: "badge drill" }, t(`status.${status}`));
}

export function badges({ historic, known, raised }) {
  return [
    known ? h("span", { className: "badge" }, t("badge.known")) : null,
    historic ? h("span", { className: "badge" }, t("badge.historic")) : null,
    raised ? null : h("span", { className: "badge" }, t("badge.unconfirmed")),
  ];
}

export function severityBadge({ severity }) {
  return h("span", { className: `severity s${severity}` },
    severityIcon(severity), t(`severity.${severity}`));
}

// What is old and untouched waits for nobody, and what was merged is acted on elsewhere.
export function stateBadge({ state, incident }) {
  if (incident.handling.merged_into) return h("span", { className: "badge" }, t("state.merged"));
  if (incident.historic && state === "raised") return null;
  return h("span", { className: `badge state ${state}` }, t(`state.${state}`));
}

// Since when a person could have known of it: live pictures by our clock, old ones by theirs.
export const sinceS = (incident) =>
  incident.historic ? incident.t_last_s : incident.latest.t_received_s;

function row(told, selected, onSelect, ...inside) {
  const incident = told.incident;
  const labels = incident.labels.map((label) =>
    h("span", {}, labelIcon(label), h("span", { className: "unseen" }, t(`label.${label}`))));
  const button = h("button", { type: "button", onclick: () => onSelect(incident.incident_id) },
    h("span", { className: "line" }, severityBadge(told), ...labels, stateBadge(told),
      ...badges(incident), ageElement(sinceS(incident))),
    h("span", { className: "line" },
      h("span", { className: "headline" }, told.headline[language()]),
      drillBadge(incident)),
    h("span", { className: "line quiet" }, timeElement(incident.t_first_s),
      h("span", {}, t("queue.sightings", { n: incident.sightings }))));
  if (selected) button.setAttribute("aria-current", "true");
  const rank = incident.historic ? "old" : `s${told.severity}`;
  const rings = told.rings_since_s === null ? "" : incident.status === "actual" ? " rings" : " drills";
  return h("li", { className: rank + rings, data: { incident: incident.incident_id } },
    button, ...inside);
}

function folded(under, goal, selectedId, onSelect) {
  const inside = under.some(({ incident }) => incident.incident_id === selectedId);
  const rows = under.map((told) =>
    row(told, told.incident.incident_id === selectedId, onSelect));
  const details = h("details", { open: inside || unfolded.has(goal) },
    h("summary", {}, t("queue.merged", { n: under.length })), h("ol", {}, ...rows));
  details.ontoggle = () => unfolded[details.open ? "add" : "delete"](goal);
  return details;
}

// The server puts what was merged right after the one that stands for it.
function families(incidents) {
  const ids = new Set(incidents.map(({ incident }) => incident.incident_id));
  const tops = [];
  for (const told of incidents) {
    if (tops.length && ids.has(told.incident.handling.merged_into)) tops.at(-1).under.push(told);
    else tops.push({ told, under: [] });
  }
  return tops;
}

export function drawQueue(list, selectedId, onSelect) {
  const queue = byId("queue");
  const focused = queue.contains(document.activeElement);
  const top = queue.scrollTop;
  queue.replaceChildren(...families(list.incidents).map(({ told, under }) => {
    const id = told.incident.incident_id;
    const inside = under.length ? [folded(under, id, selectedId, onSelect)] : [];
    return row(told, id === selectedId, onSelect, ...inside);
  }));
  if (!list.incidents.length) queue.append(h("li", { className: "empty" }, t("queue.empty")));
  queue.scrollTop = top;
  if (focused) queue.querySelector("[aria-current]")?.focus();
  byId("count").textContent = String(list.total - list.historic);
  byId("unanswered").textContent =
    list.unanswered ? t("queue.unanswered", { n: list.unanswered }) : "";
  byId("historic").textContent = list.historic ? t("queue.historic", { n: list.historic }) : "";
}

// The incidents that can be walked to, in order: what is folded away is passed over.
export const walkable = () => [...byId("queue").querySelectorAll("li[data-incident]")]
  .filter((item) => item.checkVisibility())
  .map((item) => item.dataset.incident);
