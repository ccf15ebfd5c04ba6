// One hazard: what it is, how its order and its listing stand, every step, and what may be done.
//
//   openCase(changed)       changed(answer) is called with the case as it stands after a step
//   drawCase(shown, words)  shown: what /api/orders/case answers; words: { kindName, ownerName, powers }

import { timeText } from "./clock.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { askFields } from "./orders_form.js";
import { can } from "./who.js";

const FIELDS = {
  "a reason": { name: "reason", word: "orders.reason", long: true },
  "whom it goes to": { name: "to", word: "orders.to" },
  "working days": { name: "days", word: "orders.days", type: "number" },
  "a day": { name: "until", word: "orders.until", type: "date" },
  evidence: { name: "evidence", word: "orders.evidence", pictures: true },
};
const FIVE = ["measures", "money", "deadline", "person", "plan"];

let changed = null;

export function openCase(given) {
  changed = given;
}

export function drawCase(shown, words) {
  const side = byId("case");
  if (!shown) {
    side.replaceChildren(h("p", { className: "quiet" }, t("orders.choose")));
    return;
  }
  const { finding, order, listing, steps, listing_steps: listingSteps } = shown.case;
  side.replaceChildren(
    h("h1", {}, words.kindName(finding.kind)),
    facts(finding, order, words),
    pictures([...finding.evidence, ...(order?.standing.evidence ?? []), ...(listing?.evidence ?? [])]),
    ...(order ? life("order", order.standing, shown.may, steps, finding.key, words) : []),
    ...listed(shown, listing, listingSteps, words),
    h("h2", {}, t("orders.case")), caseFiled(finding, words));
}

function facts(finding, order, words) {
  const rows = [
    ["orders.number", finding.key],
    ["orders.level", t(`level.${finding.level}`)],
    ["orders.source", t(`source.${finding.source}`)],
    ["orders.found", timeText(finding.t_found_s)],
    ["orders.where", [finding.place_id, finding.address].filter(Boolean).join(" · ")],
    ["orders.text", finding.text],
    ["orders.lead", words.ownerName(finding.lead)],
    ["orders.repeat", order?.repeat_of],
    ["orders.rectified", finding.outcome.rectified],
  ].filter(([, value]) => value);
  return h("dl", {}, ...rows.flatMap(([word, value]) => [h("dt", {}, t(word)), h("dd", {}, value)]));
}

function pictures(all) {
  return h("div", { className: "pictures" }, ...[...new Set(all)].map((sha256) =>
    h("a", { href: `/api/blobs/${sha256}`, target: "_blank" },
      h("img", { src: `/api/blobs/${sha256}`, alt: t("orders.picture"), loading: "lazy" }))));
}

function life(kind, standing, may, steps, key, words) {
  const rows = [
    ["orders.state", t(`${kind}.${standing.state}`)],
    ["orders.owner", words.ownerName(standing.owner)],
    ["orders.due_day", standing.due],
    ["orders.deadline", standing.deadline],
    ["orders.asked", standing.asked_days && t("orders.asked_days", { n: standing.asked_days, day: standing.answer_due })],
    ["orders.refly", standing.refly && t(`refly.${standing.refly}`)],
  ].filter(([, value]) => value);
  return [
    h("h2", {}, t(`orders.${kind}`)),
    h("dl", {}, ...rows.flatMap(([word, value]) => [h("dt", {}, t(word)), h("dd", {}, value)])),
    h("div", { className: "verbs", hidden: !can("POST /api/orders/acts") }, ...may.map(({ verb, needs }) => h("button", {
      type: "button", data: { verb }, onclick: () => begin(kind, verb, needs, key),
    }, t(`do.${verb}`)))),
    h("ol", { className: "steps" }, ...steps.map(({ step }) => h("li", {},
      h("strong", {}, t(`do.${step.verb}`)), ` ${step.actor} · ${timeText(step.t_s)}`,
      step.to ? ` → ${words.ownerName(step.to)}` : "",
      h("span", { className: "quiet" }, [step.reason, step.text].filter(Boolean).map((one) => ` ${one}`).join(""))))),
  ];
}

function listed(shown, listing, steps, words) {
  const { key } = shown.case.finding;
  if (listing) return life("listing", listing, shown.listing_may, steps, key, words);
  const propose = h("button", {
    type: "button", data: { verb: "propose" },
    onclick: () => begin("listing", "propose", ["a reason"], key),
  }, t("do.propose"));
  if (!can("POST /api/orders/acts")) return [];
  return [h("h2", {}, t("orders.listing")), h("div", { className: "verbs" }, propose)];
}

function caseFiled(finding, words) {
  const { case_no: number, case_filed: day } = finding.outcome;
  if (number) return h("p", {}, `${number} · ${day}`);
  const powers = Object.entries(words.powers());
  if (!can("POST /api/orders/cases")) return h("p", { className: "quiet" }, t("orders.no_case"));
  if (!powers.length) return h("p", { className: "quiet" }, t("orders.no_power"));
  return h("div", { className: "verbs" }, h("button", {
    type: "button", data: { verb: "file_case" },
    onclick: () => askFields(t("do.file_case"), [
      { name: "case_no", word: "orders.case_no" },
      { name: "power_id", word: "orders.power", choices: powers.map(([id, item]) => [id, `${id} ${item}`]) },
    ], "/api/orders/cases", { key: finding.key }, changed),
  }, t("do.file_case")));
}

function begin(kind, verb, needs, key) {
  const fields = needs.flatMap((need) => (need === "the five points"
    ? FIVE.map((name) => ({ name: `five.${name}`, word: `five.${name}`, type: name === "deadline" ? "date" : "text" }))
    : [FIELDS[need]]));
  const optional = verb === "ask_refly" ? [FIELDS.evidence] : [];
  askFields(t(`do.${verb}`), [...fields, ...optional.map((one) => ({ ...one, optional: true })),
    { name: "text", word: "orders.remark", optional: true, long: true }],
  "/api/orders/acts", { key, life: kind, verb }, changed);
}
