// The staffing model as one types: the station works it out, every step is shown.
//
//   const part = openStaffing();   part.redraw()

import { Refused, tell } from "./api.js";
import { byId, h } from "./dom.js";
import { t, term } from "./i18n.js";

const WAIT_MS = 250;
const TEAM = ["people", "statutory_days", "other_enforcement_days", "non_enforcement_days", "key_days"];
const CLASS = ["units", "cover", "visits", "days_per_visit", "team", "risk", "difficulty", "recheck_share", "recheck_days"];
const RESIDENTS = ["residents", "days_per_10000"];
const WORDS = { team: "team_size", risk: "risk_factor" };
const PERCENT = ["cover", "recheck_share"];

// A published plan's team, and made numbers of units that everybody will put their own in for.
const asked = {
  team: { people: 8, statutory_days: 248, other_enforcement_days: 1035, non_enforcement_days: 535, key_days: null },
  classes: [
    { name: "enterprise", units: 600, cover: 0.3, visits: 1, days_per_visit: 0.5, team: 2, risk: 1, difficulty: 1, recheck_share: 0.2, recheck_days: 0.25 },
    { name: "small_place", units: 1500, cover: 0.15, visits: 1, days_per_visit: 0.25, team: 2, risk: 1, difficulty: 1, recheck_share: 0.2, recheck_days: 0.25 },
  ],
  population: { residents: 80000, days_per_10000: 2 },
};
let answer = null;
let waiting = null;
let asking = 0;

export function openStaffing() {
  draw();
  work();
  byId("people").onsubmit = (event) => event.preventDefault();
  return { redraw() { draw(); show(); } };
}

function draw() {
  byId("people").replaceChildren(
    group(t("plan.team"), asked.team, TEAM),
    ...asked.classes.map((one) => group(t(`plan.class.${one.name}`), one, CLASS)),
    group(t("plan.population"), asked.population, RESIDENTS));
}

function group(title, values, names) {
  return h("fieldset", {}, h("legend", {}, title), ...names.map((name) => {
    const percent = PERCENT.includes(name);
    const value = values[name] === null ? "" : String(percent ? 100 * values[name] : values[name]);
    const field = h("input", { type: "number", min: 0, step: "any", name, value });
    field.oninput = () => {
      const said = field.valueAsNumber;
      if (Number.isNaN(said) && name !== "key_days") return;
      values[name] = Number.isNaN(said) ? null : percent ? Number((said / 100).toPrecision(12)) : said;
      clearTimeout(waiting);
      waiting = setTimeout(work, WAIT_MS);
    };
    return h("label", {}, h("span", {}, t(`plan.${WORDS[name] ?? name}`)), field);
  }));
}

async function work() {
  const turn = ++asking;
  const told = await tell("/api/staffing", asked).catch((error) => {
    if (error instanceof Refused) return error;
    throw error;
  });
  if (turn !== asking) return;
  answer = told;
  show();
}

function show() {
  if (!answer) return;
  const element = byId("answer");
  if (answer instanceof Refused) {
    element.className = "refused";
    element.textContent = answer.message;
    return;
  }
  const { staff, asked: { team } } = answer;
  element.className = staff !== null && staff <= team.people ? "enough" : "short";
  element.textContent = staff === null
    ? t("plan.nobody_free") : t("plan.needs", { n: staff, there: team.people });
  const share = (value) => `${(100 * value).toFixed(1)} %`;
  byId("shares").textContent = t("plan.shares", {
    other: share(answer.other_share), non: share(answer.non_enforcement_share), left: share(answer.inspection_share) });
  byId("steps").replaceChildren(
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("plan.step")), h("th", { scope: "col" }, t("plan.formula")),
      h("th", { scope: "col", className: "number" }, t("plan.days")))),
    h("tbody", {}, ...answer.steps.map(({ name, formula, value }) => h("tr", { data: { step: name } },
      h("td", {}, term(`plan.step.${name}`, term(`plan.class.${name}`, name))), h("td", {}, h("code", {}, formula)),
      h("td", { className: "number" }, value.toLocaleString("en", { maximumFractionDigits: 2 }))))));
}
