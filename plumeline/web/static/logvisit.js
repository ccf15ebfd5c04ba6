// A visit that one of our own people has made: walk-in, inspection, round.
//
//   openVisit(placeId, done)   the dialog, for the place that is looked at; done() once it is kept

import { Refused, ask, tell } from "./api.js";
import { language, t } from "./i18n.js";
import { RESULTS } from "./logwords.js";
import { askFields } from "./orders_form.js";

const METHODS = ["walk_in", "inspection", "grid"];

export async function openVisit(placeId, done) {
  const { powers, orgs } = await ask("/api/orders/codes");
  const own = Object.entries(orgs).map(([id, names]) => [id, names[language() === "zh" ? 0 : 1]]);
  askFields(t("log.visit"), [
    { name: "place_id", word: "orders.place_id", value: placeId, needed: true },
    { name: "method", word: "log.method", choices: METHODS.map((one) => [one, t(`log.method.${one}`)]) },
    { name: "station", word: "orders.station", choices: [["", t("log.visit_own")], ...own], optional: true },
    { name: "start", word: "plan.start", type: "datetime-local" },
    { name: "end", word: "plan.end", type: "datetime-local", optional: true },
    { name: "result", word: "log.result", choices: RESULTS.map((one) => [one, t(`log.result.${one}`)]) },
    { name: "reason", word: "log.visit_reason", optional: true },
    { name: "power", word: "orders.power", optional: true,
      choices: [["", t("log.visit_no_power")], ...Object.entries(powers).map(([id, item]) => [id, `${id} ${item}`])] },
    { name: "text", word: "orders.remark", long: true, optional: true },
  ], keep, { number: crypto.randomUUID?.() ?? String(Date.now()) }, done);
}

async function keep(visit) {
  const { refused } = await tell("/api/visits", [visit]);
  const [row] = refused;
  if (row) throw new Refused(422, { ...row, error: row.reason });
}
