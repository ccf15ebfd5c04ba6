// Whether an incident's pictures may prove an offence: how their review stands, and reviewing them.
// See docs/evidence.md.
//
//   await loadReviews(told)   asks how it stands
//   drawReviews(told)

import { ask } from "./api.js";
import { timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { askFields } from "./orders_form.js";
import { can, me } from "./who.js";

const ROUTE = "/api/incidents/{incident_id}/reviews";
const CONFIRMED = ["confirmed", "handed_over", "resolved", "closed"];
const ANSWERS = ["passed", "failed"];

const standing = new Map(); // by incident: alerts.review.Reviewed of each of its pictures

const pathOf = ({ incident }) => ROUTE.replace("{incident_id}", encodeURIComponent(incident.incident_id));
const concerns = ({ state }) => CONFIRMED.includes(state) && can(`GET ${ROUTE}`);

export async function loadReviews(told) {
  if (!concerns(told)) return;
  standing.set(told.incident.incident_id, Object.values(await ask(pathOf(told))));
}

export function drawReviews(told) {
  const all = concerns(told) && standing.get(told.incident.incident_id);
  byId("reviews").replaceChildren(...(all ? [...words(all), ...buttons(told)] : []));
}

function words(all) {
  const counts = [...ANSWERS, "none"].map((review) => [review, all.filter((one) => one.review === review).length])
    .filter(([, n]) => n).map(([review, n]) => t(`review.${review}`, { n }));
  const [last] = all.filter(({ t_s: tS }) => tS !== null).sort((a, b) => b.t_s - a.t_s);
  return [h("span", { className: "quiet" }, t("review.title")), ` ${counts.join(t("review.and"))} `,
    ...(last ? [h("span", { className: "quiet" }, last.by, " ", timeElement(last.t_s)), " "] : [])];
}

// Who has confirmed it does not review it: a second person has to look.
function buttons(told) {
  const confirmed = told.incident.handling.marks.some(({ verb, actor }) => verb === "confirm" && actor === me().name);
  if (confirmed || !can(`POST ${ROUTE}`)) return [];
  return ANSWERS.flatMap((review) => [h("button", { type: "button", data: { review }, onclick: () => askFields(
    t(`review.do.${review}`), [{ name: "why", word: "review.why", long: true }], pathOf(told), { review },
    async () => {
      await loadReviews(told);
      drawReviews(told);
    }) }, t(`review.do.${review}`)), " "]);
}
