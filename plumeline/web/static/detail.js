// One incident in words and numbers: what and where, the premises it may belong to.

import { copied } from "./clipboard.js";
import { ageElement, timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { language, t, term } from "./i18n.js";
import { labelIcon } from "./icons.js";
import { badges, drillBadge, sinceS } from "./queue.js";

export function drawDetail(told) {
  const { incident, ellipse } = told;
  const best = incident.best;
  byId("head").replaceChildren(
    h("header", {},
      h("h1", {}, ...incident.labels.map(labelIcon), told.headline[language()]),
      ...[drillBadge(incident), ...badges(incident)].filter(Boolean), ageElement(sinceS(incident))),
    h("p", { className: "place" }, told.place[language()]));
  byId("numbers").replaceChildren(numbers(incident, best, ellipse));
  byId("premises").replaceChildren(premises(best.premises));
}

function numbers(incident, best, ellipse) {
  const at = best.point ?? best.sector;
  const rows = [];
  const add = (key, ...values) =>
    rows.push(h("dt", {}, t(`facts.${key}`)), h("dd", {}, ...values));
  if (at) add(best.point ? "coordinates" : "drone_coordinates", ...coordinates(at));
  if (ellipse) {
    add("ellipse", t("facts.ellipse_value", {
      major: Math.ceil(ellipse.semi_major_m), minor: Math.ceil(ellipse.semi_minor_m),
      bearing: Math.round(ellipse.bearing_deg),
    }));
  }
  if (best.point) add("range", t("metres", { n: Math.round(best.point.range_m) }));
  add("first", timeElement(incident.t_first_s));
  add("last", timeElement(incident.t_last_s));
  add("sightings", String(incident.sightings));
  add("flights", incident.flights.join(", "));
  return h("dl", {}, ...rows);
}

function coordinates(at) {
  const text = `${at.lat_deg.toFixed(6)}, ${at.lon_deg.toFixed(6)}`;
  const button = h("button", { type: "button", className: "copy" }, t("copy.do"));
  button.onclick = async () => {
    button.textContent = t((await copied(text)) ? "copy.done" : "copy.failed");
    setTimeout(() => { button.textContent = t("copy.do"); }, 2000);
  };
  return [h("code", {}, text), " ", button];
}

function premises(ranking) {
  if (!ranking.length) return h("p", { className: "quiet" }, t("premises.none"));
  const heads = ["name", "category", "risk", "probability", "distance"].map((key) =>
    h("th", { scope: "col" }, t(`premises.${key}`)));
  const rows = ranking.map((one) => h("tr", {},
    h("td", {}, (language() === "en" && one.name_en) || one.name),
    h("td", {}, term(`category.${one.category}`, one.category)),
    h("td", {}, one.risk === null ? "–" : String(one.risk)),
    h("td", {}, h("meter", { min: 0, max: 1, value: one.probability }),
      ` ${Math.floor(one.probability * 100 + 1e-9)}%`),
    h("td", {}, one.distance_m < 1
      ? t("premises.inside") : t("metres", { n: Math.round(one.distance_m) }))));
  return h("table", {}, h("caption", {}, t("premises.title")),
    h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
}
