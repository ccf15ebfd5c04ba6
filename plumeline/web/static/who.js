// Who sits here: asked once, kept in this browser until accounts come.
//
//   openWho(slot, seats, onChange)   draws into the header's account slot
//   me()                             { name, seat }, or null where nobody has said
//   askWho()                         asks for it

import { byId, h } from "./dom.js";
import { t, translate } from "./i18n.js";
import { icon } from "./icons.js";

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

export function openWho(slot, seats, onChange) {
  slot.append(h("button", { id: "me", type: "button", onclick: askWho }, icon("account"), h("span", {})));
  const dialog = form(seats);
  document.body.append(dialog);
  translate(dialog);
  dialog.querySelector("form").onsubmit = (submit) => {
    submit.preventDefault();
    const name = byId("who-name").value.trim();
    if (!name) return;
    person = { name, seat: byId("who-seat").value.trim() };
    localStorage.setItem(KEY, JSON.stringify(person));
    dialog.close();
    drawWho();
    onChange();
    document.querySelector("main [tabindex='-1']")?.focus(); // back to work, where the keys are
  };
  drawWho();
}

function form(seats) {
  const field = (id, word, rest) => h("label", {}, h("span", { data: { i18n: word } }),
    h("input", { id, maxLength: 40, autocomplete: "off", ...rest }));
  const seat = field("who-seat", "who.seat", {});
  seat.lastChild.setAttribute("list", "seats");
  const cancel = h("button", { className: "cancel", type: "button" },
    h("span", { data: { i18n: "cancel" } }), h("kbd", {}, "Esc"));
  const dialog = h("dialog", { id: "who" },
    h("h2", { id: "who-title", data: { i18n: "who.title" } }),
    h("form", {},
      field("who-name", "who.name", { required: true }), seat,
      h("datalist", { id: "seats" }, ...seats.map((value) => h("option", { value }))),
      h("p", { className: "quiet", data: { i18n: "help.person" } }),
      h("p", {}, cancel, h("button", { className: "verb acknowledge", data: { i18n: "who.save" } }))));
  dialog.setAttribute("aria-labelledby", "who-title");
  cancel.onclick = () => dialog.close();
  return dialog;
}

export function askWho() {
  byId("who-name").value = person?.name ?? "";
  byId("who-seat").value = person?.seat ?? "";
  byId("who").showModal();
  byId("who-name").focus();
}

export function drawWho() {
  const button = byId("me");
  if (!button) return;
  button.className = person ? "" : "wanted";
  button.lastChild.textContent = person
    ? (person.seat ? t("who.at", person) : person.name) : t("who.nobody");
}
