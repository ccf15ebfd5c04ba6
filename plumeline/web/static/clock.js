// The server's clock, the station's time zone. The browser's own clock and zone are not trusted.

import { h } from "./dom.js";
import { t } from "./i18n.js";

let offsetS = Date.now() / 1000 - performance.now() / 1000;
let zone = formatOf("UTC");

export const nowS = () => performance.now() / 1000 + offsetS;

export function setClock(serverS) {
  offsetS = serverS - performance.now() / 1000;
}

export function setZone(name) {
  zone = formatOf(name);
}

function formatOf(timeZone) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "shortOffset",
  });
}

export function timeText(tS) {
  const part = Object.fromEntries(
    zone.formatToParts(tS * 1000).map(({ type, value }) => [type, value]));
  const offset = part.timeZoneName.replace("GMT", "UTC");
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${offset}`;
}

// When a day of the station's begins: "2026-11-24", in seconds since 1970 UTC; null for no day.
export function dayS(day) {
  const utcS = Date.parse(`${day}T00:00:00Z`) / 1000;
  if (Number.isNaN(utcS)) return null;
  const aheadS = (tS) => Date.parse(`${timeText(tS).slice(0, 19).replace(" ", "T")}Z`) / 1000 - tS;
  return utcS - aheadS(utcS - aheadS(utcS)); // twice: the clocks may change in between
}

export function timeElement(tS) {
  const iso = new Date(tS * 1000).toISOString();
  return h("time", { dateTime: iso, title: iso }, timeText(tS));
}

export function ageText(sinceS) {
  const seconds = Math.max(0, Math.floor(nowS() - sinceS));
  if (seconds < 60) return t("age.seconds", { n: seconds });
  if (seconds < 3600) return t("age.minutes", { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return t("age.hours", { n: Math.floor(seconds / 3600) });
  return t("age.days", { n: Math.floor(seconds / 86400) });
}

export function ageElement(sinceS) {
  return h("span", { className: "age", data: { since: sinceS } }, ageText(sinceS));
}

// Minutes and seconds, with hours where there are any; tenths below ten seconds.
export function durationText(seconds) {
  if (seconds < 10) return t("seconds", { n: seconds.toFixed(1) });
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const tail = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole < 3600 ? tail : `${Math.floor(whole / 3600)}:${tail}`;
}

const counted = (sinceS) => durationText(Math.max(10, nowS() - sinceS));

export function countElement(sinceS) {
  return h("span", { role: "timer", data: { counts: sinceS } }, counted(sinceS));
}

export function tickAges() {
  for (const element of document.querySelectorAll("[data-counts]")) {
    element.textContent = counted(Number(element.dataset.counts));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = ageText(Number(element.dataset.since));
  }
}
