// "Is there a fire here?": asked for a point of the map, or for premises by name; the answer is kept.
//
//   openQuestion({ pin, select })    pin(place) marks it on the map, select(id) shows an incident
//   mayAsk()                         whether one may; without that the page has no question
//   askAbout(place)                  { lat_deg, lon_deg, premises_id }: what was clicked on the map

import { ask, Refused, tell } from "./api.js";
import { byId, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { can } from "./who.js";

export const ASK = "POST /api/inquiries";
export const mayAsk = () => can(ASK);

const DIGITS = 6;
let desk = null;
let register = []; // { id, name, name_en }
let answer = null;

export async function openQuestion(given) {
  desk = given;
  byId("question").hidden = !mayAsk();
  if (!mayAsk()) return;
  byId("question").onsubmit = (submit) => {
    submit.preventDefault();
    put();
  };
  byId("question").onkeydown = ({ key }) => {
    if (key === "Escape") forget();
  };
  byId("question-forget").onclick = forget;
  const { shapes } = await ask("/api/map");
  register = shapes.features.map(({ properties }) => properties)
    .filter(({ kind }) => kind === "premises");
  drawQuestion();
}

export function drawQuestion() {
  const names = register.flatMap(({ name, name_en: other }) => [name, other].filter(Boolean));
  byId("places").replaceChildren(...names.map((value) => h("option", { value })));
  byId("question-place").placeholder = t("question.hint");
  byId("answer").replaceChildren(...(answer ? drawnAnswer() : []));
  byId("question-forget").hidden = !answer && !byId("question-place").value;
}

export function askAbout({ lat_deg: lat, lon_deg: lon, premises_id: id }) {
  if (!mayAsk()) return;
  const place = register.find((one) => one.id === id);
  byId("question-place").value = place
    ? (language() === "en" && place.name_en) || place.name
    : `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`;
  answer = null;
  desk.pin({ lat_deg: lat, lon_deg: lon });
  drawQuestion();
}

function forget() {
  answer = null;
  byId("question-place").value = "";
  desk.pin(null);
  drawQuestion();
}

function wanted() {
  const text = byId("question-place").value.trim();
  const place = register.find(({ name, name_en: other }) => text && [name, other].includes(text));
  if (place) return { premises_id: place.id };
  const numbers = text.match(/^\s*(-?\d+(?:\.\d+)?)\D+?(-?\d+(?:\.\d+)?)\s*$/);
  return numbers && { lat_deg: Number(numbers[1]), lon_deg: Number(numbers[2]) };
}

async function put() {
  const asked = wanted();
  if (!asked) return say({ refused: t("question.unknown") });
  try {
    return say(await tell("/api/inquiries", asked));
  } catch (problem) {
    return say({ refused: problem instanceof Refused ? problem.message : t("act.unreachable") });
  }
}

function say(one) {
  answer = one;
  const asked = one.inquiry?.question;
  if (asked) desk.pin(asked);
  drawQuestion();
}

function drawnAnswer() {
  if (answer.refused) return [h("p", { className: "warned" }, answer.refused)];
  const near = answer.inquiry.answer.position?.incident_id;
  return [h("p", {}, answer.words[language()]),
    near ? h("p", {}, h("button", { type: "button", onclick: () => desk.select(near) },
      t("question.show"))) : ""];
}
