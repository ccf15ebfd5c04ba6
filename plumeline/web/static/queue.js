// The queue of incidents, in the order the server gives.

import { ageElement, timeElement } from "./clock.js";
import { h, labelIcon } from "./dom.js";
import { language, t } from "./i18n.js";

export function badges(incident) {
  return [
    incident.historic ? h("span", { className: "badge" }, t("badge.historic")) : null,
    incident.raised ? null : h("span", { className: "badge" }, t("badge.unconfirmed")),
  ];
}

// Since when a person could have known of it: live pictures by our clock, old ones by theirs.
export const sinceS = (incident) =>
  incident.historic ? incident.t_last_s : incident.latest.t_received_s;

function row(told, selected, onSelect) {
  const incident = told.incident;
  const labels = incident.labels.map((label) =>
    h("span", { className: `label ${label}` }, labelIcon(label), t(`label.${label}`)));
  const button = h("button", { type: "button", onclick: () => onSelect(incident.incident_id) },
    h("span", { className: "line" }, ...labels, ...badges(incident), ageElement(sinceS(incident))),
    h("span", { className: "headline" }, told.headline[language()]),
    h("span", { className: "line quiet" }, timeElement(incident.t_first_s),
      h("span", {}, t("queue.sightings", { n: incident.sightings }))));
  if (selected) button.setAttribute("aria-current", "true");
  const severity = incident.historic ? "old" : incident.labels[0];
  return h("li", { className: severity, data: { incident: incident.incident_id } }, button);
}

export function drawQueue(list, selectedId, onSelect) {
  const queue = document.getElementById("queue");
  const focused = queue.contains(document.activeElement);
  const top = queue.scrollTop;
  queue.replaceChildren(...list.incidents.map((told) =>
    row(told, told.incident.incident_id === selectedId, onSelect)));
  if (!list.incidents.length) queue.append(h("li", { className: "empty" }, t("queue.empty")));
  queue.scrollTop = top;
  if (focused) queue.querySelector("[aria-current]")?.focus();
  document.getElementById("count").textContent = list.total - list.historic;
  document.getElementById("historic").textContent =
    list.historic ? t("queue.historic", { n: list.historic }) : "";
}
