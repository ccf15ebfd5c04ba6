// What an incident leaves behind once it is over: a hazard, made by one button, and its order.
//
//   await loadHazard(told)   asks whether there is one
//   drawHazard(told)

import { ask } from "./api.js";
import { byId, h } from "./dom.js";
import { dayText } from "./duedays.js";
import { language, t } from "./i18n.js";
import { askFields } from "./orders_form.js";
import { can } from "./who.js";

const OVER = ["dismissed", "resolved", "closed"];
const KIND_OF = { permitted_burn: "hot_work" }; // by the reason of the dismissal, where one suggests itself

const orders = new Map(); // by incident: the line of the list of orders, null where there is none
let codes = null;

const over = ({ state, incident }) => OVER.includes(state) && incident.status === "actual"
  && !incident.handling.merged_into && can("GET /api/orders");

export async function loadHazard(told) {
  if (!over(told)) return;
  const { incident_id: incident } = told.incident;
  codes ??= await ask("/api/orders/codes");
  const found = await ask(`/api/orders?${new URLSearchParams({ incident })}`);
  orders.set(incident, found.orders[0] ?? null);
}

export function drawHazard(told) {
  const line = orders.get(told.incident.incident_id);
  if (!over(told) || line === undefined) byId("hazard").replaceChildren();
  else if (line) byId("hazard").replaceChildren(...order(line));
  else if (can("POST /api/orders/hazards")) {
    byId("hazard").replaceChildren(h("button", { type: "button", onclick: () => make(told) }, t("hazard.make")));
  } else byId("hazard").replaceChildren();
}

function order({ listed: { order: { task, standing }, kind }, overdue }) {
  return [t("hazard.order"), " ", h("a", { href: `/orders?${new URLSearchParams({ key: task.key })}` }, kindName(kind)), " ",
    h("span", { className: "badge" }, t(`order.${standing.state}`)), " ",
    standing.due ? h("span", { className: overdue ? "warned" : "quiet" },
      t(overdue ? "orders.late" : "orders.due", { day: dayText(standing.due, codes.known_until) })) : ""];
}

const kindName = (kind) => codes.kinds[kind]?.[language() === "zh" ? 0 : 1] ?? kind;

function make(told) {
  const { incident, headline, place } = told;
  const kinds = Object.keys(codes.kinds).map((kind) => [kind, kindName(kind)]);
  const premises = incident.best.premises.map((one) =>
    [one.premises_id, (language() === "en" && one.name_en) || one.name]);
  askFields(t("hazard.make"), [
    { name: "kind", word: "orders.kind", choices: [["", t("hazard.choose")], ...kinds], value: KIND_OF[incident.handling.reason] },
    { name: "level", word: "orders.level", choices: ["general", "major"].map((one) => [one, t(`level.${one}`)]) },
    { name: "place_id", word: "hazard.premises", choices: [...premises, ["", t("hazard.nowhere")]], optional: true },
    { name: "address", word: "orders.address" },
    { name: "text", word: "orders.text", long: true, value: `${headline[language()]} ${place[language()]}` },
    { name: "evidence", word: "orders.evidence", pictures: true, offered: [incident.best.sha256], kept: true },
  ], "/api/orders/hazards", { number: incident.incident_id, incident_id: incident.incident_id }, async () => {
    await loadHazard(told);
    drawHazard(told);
  });
}
