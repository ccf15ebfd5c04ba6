// One incident: the evidence with its box, the place in words, the numbers, the premises.

import { ageElement, timeElement } from "./clock.js";
import { byId, h, svg } from "./dom.js";
import { language, t, term } from "./i18n.js";
import { labelIcon } from "./icons.js";
import { drawPlan } from "./plan.js";
import { badges, drillBadge, sinceS } from "./queue.js";

export function drawDetail(told, events, tracks) {
  const { incident, ellipse } = told;
  const best = incident.best;
  const plan = h("figure", { className: "plan" });
  byId("head").replaceChildren(
    h("header", {},
      h("h1", {}, ...incident.labels.map(labelIcon), told.headline[language()]),
      ...[drillBadge(incident), ...badges(incident)].filter(Boolean), ageElement(sinceS(incident))),
    h("p", { className: "place" }, told.place[language()]));
  byId("evidence").replaceChildren(
    h("div", { className: "pictures" }, frame(best), plan),
    h("div", { className: "facts" }, numbers(incident, best, ellipse), premises(best.premises)));
  drawPlan(plan, best, ellipse, events, tracks);
}

const percent = (value, size) => `${(100 * value) / size}%`;

function frame(best) {
  const { box, width_px: width, height_px: height } = best;
  const outline = svg("svg",
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", {
      class: best.label, x: box.x0_px, y: box.y0_px,
      width: box.x1_px - box.x0_px, height: box.y1_px - box.y0_px,
    }));
  const tag = h("span", {
    className: `tag ${best.label}`,
    style: { left: percent(box.x0_px, width), top: percent(box.y0_px, height) },
  }, `${t(`label.${best.label}`)} ${Math.round(best.score * 100)}%`);
  if (box.y0_px < height * 0.1) tag.classList.add("inside");
  const image = h("img", { src: `/api/blobs/${best.sha256}`, alt: t("frame.alt"), width, height });
  const holder = h("div", { className: "frame" }, image, outline, tag);
  holder.style.aspectRatio = `${width} / ${height}`;
  image.onerror = () => holder.replaceChildren(h("p", {}, t("frame.missing")));
  return h("figure", {}, holder,
    h("figcaption", {}, t("frame.captured"), " ", timeElement(best.t_capture_s)));
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

// The clipboard interface exists on https and localhost only; a station's server may be neither.
async function copied(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const field = h("textarea", { value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
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
