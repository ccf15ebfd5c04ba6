// Who sits here: asked once, kept in this browser until accounts come.

import { byId, h } from "./dom.js";
import { t } from "./i18n.js";

const KEY = "plumeline.person";
let person = kept();

function kept() {
  try {
    const { name, seat } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return name ? { name, seat: seat ?? "" } : null;
  } catch {
    return null;
  }
}

export const me = () => person;

export function openWho(seats, onChange) {
  byId("seats").replaceChildren(...seats.map((seat) => h("option", { value: seat })));
  byId("who").onsubmit = (submit) => {
    submit.preventDefault();
    const name = byId("who-name").value.trim();
    if (!name) return;
    person = { name, seat: byId("who-seat").value.trim() };
    localStorage.setItem(KEY, JSON.stringify(person));
    drawWho();
    byId("detail").focus();
    onChange();
  };
  byId("who-change").onclick = askWho;
  drawWho();
}

export function askWho() {
  byId("who").hidden = false;
  byId("me").hidden = true;
  byId("who-name").value = person?.name ?? "";
  byId("who-seat").value = person?.seat ?? "";
  byId("who-name").focus();
}

export function drawWho() {
  byId("who").hidden = person !== null;
  byId("me").hidden = person === null;
  byId("me").firstElementChild.textContent = person && (person.seat
    ? t("who.at", person) : person.name);
}
