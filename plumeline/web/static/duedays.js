// A due day, and whether it can still move: the notice on a year's holidays comes out late in the year before.
//
//   dayText(day, knownUntil)    the day, marked where its year's holidays are not known
//   unsure(days, knownUntil)    the sentence that says so, empty where nothing can move

import { t } from "./i18n.js";

const moves = (day, knownUntil) => Boolean(day) && day > knownUntil; // ISO dates: their order is that of the text

export const dayText = (day, knownUntil) => (moves(day, knownUntil) ? t("due.may_move", { day }) : day);

export function unsure(days, knownUntil) {
  const years = [...new Set(days.filter((day) => moves(day, knownUntil)).map((day) => day.slice(0, 4)))];
  return years.length ? t("due.unsure", { years: years.sort().join(", ") }) : "";
}
