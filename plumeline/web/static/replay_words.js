// What a replay says in words.
//
//   nowText(tS)                  the moment, with its tenth of a second and its time zone
//   pictureWords(picture)        below it: plumeline.flown_told.ShownPicture
//   besideWords(found)           the same of one from replay_beside.js
//   valueElements(values, datum) height and speed: values from replay_places.js
//   coveredText(counts)          from replay_covered.js

import { timeText } from "./clock.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

const JUDGED = ["seen", "nothing"];

export function nowText(tS) {
  const text = timeText(tS);
  return `${text.slice(0, 19)}.${Math.floor((tS % 1) * 10)}${text.slice(19)}`;
}

export function pictureWords({ t_s: tS, status, reason }) {
  if (JUDGED.includes(status)) return [nowText(tS)];
  const why = status === null ? t("look.none") : [t(`look.${status}`), reason].filter(Boolean).join(": ");
  return [nowText(tS), why];
}

export function besideWords({ picture: { t_s: tS }, metres, turnDeg }) {
  const away = t("replay.away", { n: Math.round(metres) });
  return [nowText(tS),
    turnDeg === null ? away : `${away} · ${t("replay.turned", { n: Math.round(turnDeg) })}`];
}

export function valueElements({ heightM, speedMps }, datum) {
  const number = (value) => (value === null ? "\u2013" : value.toFixed(1));
  const height = t("replay.height", { n: number(heightM) });
  return [
    h("span", { className: "height" }, datum ? `${height} (${t(`datum.${datum}`)})` : height),
    h("span", { className: "speed" }, t("replay.ground_speed", { n: number(speedMps) }))];
}

export const coveredText = (counts) => (counts.all ? t("replay.covered", counts) : "");
