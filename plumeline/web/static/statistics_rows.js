// The rows behind a figure, some at a time.
//
//   showRows(scope, title)   scope: the parameters of /api/statistics/rows
//   closeRows()

import { ask } from "./api.js";
import { timeText } from "./clock.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";

const PAGE = 50;

export function closeRows() {
  byId("rows").hidden = true;
}

export async function showRows(scope, title) {
  const list = h("tbody", {});
  const sum = h("span", { className: "quiet", id: "rows-sum" });
  const more = h("button", { type: "button" }, t("orders.more"));
  const close = h("button", { type: "button", onclick: closeRows }, t("close"));
  byId("rows").replaceChildren(
    h("div", { className: "line" }, h("strong", {}, title), sum, close),
    h("table", {}, list), more);
  byId("rows").hidden = false;
  let after = 0;
  const load = async () => {
    const page = await ask(`/api/statistics/rows?${scope}&after=${after}&limit=${PAGE}`);
    after = page.last_n;
    list.append(...page.visits.map(visit), ...page.findings.map(finding));
    sum.textContent = t("statistics.rows", { shown: list.rows.length, total: page.total.toLocaleString("en-US") });
    more.hidden = list.rows.length >= page.total;
  };
  more.onclick = load;
  await load();
  byId("rows").scrollIntoView({ block: "nearest" });
  more.hidden ? close.focus() : more.focus();
}

const cells = (...all) => h("tr", {}, ...all.map((one) => h("td", {}, one ?? "")));

function visit(one) {
  return cells(timeText(one.t0_s), one.place_id, t(`method.${one.method}`), t(`result.${one.result}`), one.person_id, one.ref);
}

function finding(one) {
  const { outcome } = one;
  return cells(timeText(one.t_found_s),
    h("a", { href: `/orders?${new URLSearchParams({ key: one.key })}` }, one.key),
    one.place_id ?? one.address, t(`level.${one.level}`), outcome.listed ? t("statistics.listed", { day: outcome.listed }) : "",
    outcome.rectified ? t("statistics.rectified", { day: outcome.rectified }) : "", outcome.case_no);
}
