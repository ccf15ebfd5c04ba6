// What visits are called and how they look, in both languages.
//
//   RESULTS, METHODS, CLASSES      the codes there are, in the order they are offered
//   resultBadge(result, text)      shape and word: a disc, a triangle, a cross
//   whyText(visit)                 the reason in words, empty where there is none
//   placeText(line)                the name in the page's language
//   classText(cls), riskBadge(risk)
//   shareText(share)               neither 0 % nor 100 % unless it is

import { h, svg } from "./dom.js";
import { language, t, term } from "./i18n.js";

export const RESULTS = ["normal", "anomaly", "not_observable"];
export const METHODS = ["drone", "walk_in", "inspection", "grid", "partner"];
export const CLASSES = ["production_unit", "small_place", "residential", "hazchem"];

const SHAPES = {
  normal: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z",
  anomaly: "M8 1.5 15 14H1Z",
  not_observable: "M3 3 13 13M13 3 3 13",
};

const shape = (result) => svg("svg", { viewBox: "0 0 16 16", class: `icon ${result}`, "aria-hidden": "true" },
  svg("path", { d: SHAPES[result] }));

export const resultBadge = (result, text = t(`log.result.${result}`)) =>
  h("span", { className: `result ${result}` }, shape(result), text);

// An anomaly's reason are its labels; of the others a code of the coverage, or somebody's own words.
export const whyText = ({ result, reason }) => (result === "anomaly"
  ? reason.split("+").map((label) => term(`label.${label}`, label)).join(" + ")
  : term(`log.why.${reason}`, reason));

export const placeText = ({ place, place_en: english }) =>
  (language() === "en" && english) || place;

export const classText = (cls) => (cls ? t(`log.class.${cls}`) : t("log.class.none"));

export const riskBadge = (risk) => (risk
  ? h("span", { className: `risk r${risk}` }, t("log.risk", { n: risk })) : null);

export function shareText(share) {
  if (share === null) return "";
  if (share > 0 && share < 0.01) return "<1 %";
  return share > 0.99 && share < 1 ? ">99 %" : `${Math.round(100 * share)} %`;
}
