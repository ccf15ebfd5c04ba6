// Several departments' yearly plans in one table become joint visits. Nothing is kept.
//
//   const part = openJoint();   part.redraw()

import { refused } from "./api.js";
import { byId, h } from "./dom.js";
import { unsure } from "./duedays.js";
import { t } from "./i18n.js";

let plan = null;
let said = null; // what the station refused
const chosen = h("input", { type: "file", accept: ".csv,text/csv", name: "table" });
const rules = { max_departments: 3, merge_window_days: 30 };

export function openJoint() {
  draw();
  byId("merge").onsubmit = (event) => {
    event.preventDefault();
    run();
  };
  return { redraw: draw };
}

function draw() {
  const number = (name, max) => {
    const field = h("input", { type: "number", name, min: 1, max, value: rules[name], required: true });
    field.onchange = () => { rules[name] = field.valueAsNumber; };
    return h("label", {}, h("span", {}, t(`plan.${name}`)), field);
  };
  byId("merge").replaceChildren(
    h("label", {}, h("span", {}, t("plan.table")), chosen),
    number("max_departments", 20), number("merge_window_days", 366),
    h("button", {}, t("plan.merge")),
    h("button", { type: "button", disabled: !plan, onclick: save }, "CSV"));
  show();
}

const ask = (path) => fetch(`${path}?${new URLSearchParams(rules)}`, {
  method: "POST", headers: { "X-Plumeline": "1", "Content-Type": "text/csv" }, body: chosen.files[0] });

async function run() {
  if (!chosen.files.length) return;
  const answer = await ask("/api/joint-plan");
  plan = answer.ok ? await answer.json() : null;
  said = answer.ok ? null : (await refused(answer)).message;
  draw();
}

async function save() {
  const answer = await ask("/api/joint-plan.csv");
  const url = URL.createObjectURL(await answer.blob());
  h("a", { href: url, download: "visits.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function show() {
  const line = byId("merge-said");
  line.className = said ? "refused" : "";
  line.textContent = said ?? (plan ? t("plan.saved", {
    planned: plan.planned, visits: plan.visits, saved: plan.saved, share: (100 * plan.saved_share).toFixed(1) }) : "");
  if (plan) line.append(" ", unsure([plan.last_day], plan.known_until));
  const head = (...words) => h("thead", {}, h("tr", {}, ...words.map((word) => h("th", { scope: "col" }, t(word)))));
  byId("departments").replaceChildren();
  byId("visits").replaceChildren();
  if (!plan) return;
  byId("departments").replaceChildren(head("plan.department", "plan.takes_part"),
    h("tbody", {}, ...Object.entries(plan.by_department).map(([name, n]) =>
      h("tr", {}, h("td", {}, name), h("td", {}, String(n))))));
  byId("visits").replaceChildren(head("plan.day", "plan.unit", "plan.items"),
    h("tbody", {},
      ...plan.first_unplaced.map(({ entry, why }) => h("tr", { className: "refused" },
        h("td", {}, t(`plan.why.${why}`)), h("td", {}, entry.unit), h("td", {}, `${entry.department}: ${entry.items.join(", ")}`))),
      ...plan.first_visits.map(({ unit, day, lead, entries }) => h("tr", {},
        h("td", {}, day), h("td", {}, unit),
        h("td", {}, ...entries.map(({ department, items }) => h("div", {},
          h(department === lead ? "strong" : "span", {}, department), `: ${items.join(", ")}`)),
        entries.some(({ alone }) => alone) ? h("span", { className: "badge" }, t("plan.alone")) : "")))));
}
