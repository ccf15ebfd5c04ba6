// One hazard: what it is, how its order and its listing stand, every step, and what may be done.
//
//   openCase(changed)       changed(answer) is called with the case as it stands after a step
//   drawCase(shown, words)  shown: what /api/orders/case answers; words: { kindName, ownerName, powers }

import { timeText } from "./clock.js";
import { byId, h } from "./dom.js";
import { dayText, unsure } from "./duedays.js";
import { language, t } from "./i18n.js";
import { askFields } from "./orders_form.js";
import { can } from "./who.js";

const FIELDS = {
  "a reason": { name: "reason", word: "orders.reason", long: true },
  "whom it goes to": { name: "to", word: "orders.to" },
  "working days": { name: "days", word: "orders.days", type: "number" },
  "a day": { name: "until", word: "orders.until", type: "date" },
  evidence: { name: "evidence", word: "orders.evidence", pictures: true },
};
const OFFERED = 20;
const LOOKS = { report: "orders.look.done", ask_verification: "orders.look.done", refly_done: "orders.look.after" };
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
    facts(shown.case, words),
    h("div", { className: "pictures" }, ...looks(shown)),
    ...(order ? life("order", order.standing, shown.may, steps, shown, words) : []),
    ...listed(shown, listing, listingSteps, words),
    h("h2", {}, t("orders.case")), caseFiled(finding, words));
}

function facts({ finding, order, place, place_en: english }, words) {
  const rows = [
    ["orders.number", finding.key],
    ["orders.level", t(`level.${finding.level}`)],
    ["orders.source", t(`source.${finding.source}`)],
    ["orders.found", timeText(finding.t_found_s)],
    ["source.incident", finding.incident_id && h("a", { href: `/#${encodeURIComponent(finding.incident_id)}` }, finding.incident_id)],
    ["orders.where", [(language() === "en" && english) || place, finding.place_id, finding.address].filter(Boolean).join(" · ")],
    ["orders.text", finding.text],
    ["orders.lead", words.ownerName(finding.lead)],
    ["orders.repeat", order?.repeat_of],
    ["orders.rectified", finding.outcome.rectified],
  ].filter(([, value]) => value);
  return h("dl", {}, ...rows.flatMap(([word, value]) => [h("dt", {}, t(word)), h("dd", {}, value)]));
}

// Every picture once, under what it shows: as it was found, before, after.
function looks({ case: { finding, steps, listing_steps: listingSteps, flown } }) {
  const taken = [...steps, ...listingSteps].filter(({ step }) => step.evidence.length);
  const before = taken.some(({ step }) => step.verb === "ask_refly");
  const after = taken.some(({ step }) => step.verb === "refly_done");
  const known = new Set();
  const look = (word, tS, all, more = null) => {
    const fresh = all.filter((sha256) => !known.has(sha256));
    fresh.forEach((sha256) => known.add(sha256));
    return fresh.length ? h("figure", {}, h("figcaption", {}, t(word), " ",
      h("span", { className: "quiet" }, timeText(tS)), more), ...fresh.map(picture)) : null;
  };
  return [
    ...taken.filter(({ step }) => step.verb === "ask_refly").map(({ step }) =>
      look("orders.look.before", step.t_s, step.evidence)),
    look(after && !before ? "orders.look.before" : "orders.look.found", finding.t_found_s, finding.evidence),
    ...taken.filter(({ step }) => step.verb !== "ask_refly").map(({ step }) =>
      look(LOOKS[step.verb] ?? "orders.look.other", step.t_s, step.evidence)),
    ...flown.map((visit) => look("orders.look.flown", visit.t0_s, visit.evidence,
      h("a", { href: `/log?${new URLSearchParams({ flight: visit.ref })}` }, ` ${t(`log.result.${visit.result}`)}`))),
  ].filter(Boolean);
}

const picture = (sha256) => h("a", { href: `/api/blobs/${sha256}`, target: "_blank" },
  h("img", { src: `/api/blobs/${sha256}`, alt: t("orders.picture"), loading: "lazy" }));

function life(kind, standing, may, steps, shown, words) {
  const { known_until: known, today } = shown;
  const late = standing.due && standing.due < today;
  const rows = [
    ["orders.state", t(`${kind}.${standing.state}`)],
    ["orders.owner", words.ownerName(standing.owner)],
    ["orders.due_day", late ? h("span", { className: "late-text" }, t("orders.late", { day: standing.due })) : dayText(standing.due, known)],
    ["orders.deadline", dayText(standing.deadline, known)],
    ["orders.asked", standing.asked_days
      && t("orders.asked_days", { n: standing.asked_days, day: dayText(standing.answer_due, known) })],
    ["orders.refly", standing.refly && t(`refly.${standing.refly}`)],
  ].filter(([, value]) => value);
  return [
    h("h2", {}, t(`orders.${kind}`)),
    h("dl", {}, ...rows.flatMap(([word, value]) => [h("dt", {}, t(word)), h("dd", {}, value)])),
    h("p", { className: "quiet unsure" }, unsure([standing.due, standing.deadline, standing.answer_due], known)),
    h("div", { className: "verbs", hidden: !can("POST /api/orders/acts") }, ...may.map(({ verb, needs }) => h("button", {
      type: "button", data: { verb }, onclick: () => begin(kind, verb, needs, shown.case),
    }, t(`do.${verb}`)))),
    h("ol", { className: "steps" }, ...steps.map(({ step }) => h("li", {},
      h("strong", {}, t(`do.${step.verb}`)), ` ${step.actor} · ${timeText(step.t_s)}`,
      step.to ? ` → ${words.ownerName(step.to)}` : "",
      h("span", { className: "quiet" }, [step.reason, step.text].filter(Boolean).map((one) => ` ${one}`).join(""))))),
  ];
}

function listed(shown, listing, steps, words) {
  if (listing) return life("listing", listing, shown.listing_may, steps, shown, words);
  const propose = h("button", {
    type: "button", data: { verb: "propose" },
    onclick: () => begin("listing", "propose", ["a reason"], shown.case),
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

function begin(kind, verb, needs, { finding: { key }, flown }) {
  const offered = verb === "refly_done" ? flown.flatMap(({ evidence }) => evidence).slice(0, OFFERED) : [];
  const fields = needs.flatMap((need) => (need === "the five points"
    ? FIVE.map((name) => ({ name: `five.${name}`, word: `five.${name}`, type: name === "deadline" ? "date" : "text" }))
    : [need === "evidence" ? { ...FIELDS.evidence, offered: [...new Set(offered)] } : FIELDS[need]]));
  const optional = verb === "ask_refly" ? [FIELDS.evidence] : [];
  askFields(t(`do.${verb}`), [...fields, ...optional.map((one) => ({ ...one, optional: true })),
    { name: "text", word: verb === "ask_refly" ? "orders.refly_why" : "orders.remark", optional: true, long: true }],
  "/api/orders/acts", { key, life: kind, verb }, changed);
}
