// Who has signed in, and the account menu in the header.
//
//   await knowMe()   asks the station; whoever is not in is led to the login page by api.js
//   me()             { login, name, seat, role, district, may }
//   can(route)       whether one may ask "POST /api/...", spelt as the route declares it
//   openWho(slot)    draws the menu into the header's account slot

import { Refused, ask, send } from "./api.js";
import { byId, h } from "./dom.js";
import { t, translate } from "./i18n.js";
import { icon } from "./icons.js";

const HERE_EVERY_MS = 60_000;

let person = null;
let movedMs = -HERE_EVERY_MS;

export const me = () => person;
export const can = (route) => person.may.includes(route);

export async function knowMe() {
  person = await ask("/api/me");
}

export function openWho(slot) {
  slot.append(h("button", {
    id: "me", type: "button", ariaHasPopup: "dialog", onclick: () => byId("who").showModal(),
  }, icon("account"), h("span", {})));
  const dialog = menu();
  document.body.append(dialog);
  translate(dialog);
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, stillHere, { capture: true, passive: true });
  }
  drawWho();
}

export function drawWho() {
  if (!byId("me")) return;
  byId("me").lastChild.textContent = person.seat ? t("who.at", person) : person.name;
  byId("who-what").textContent = t("who.what", {
    role: t(`role.${person.role}`),
    district: person.district === "all" ? t("who.all_districts") : person.district,
  });
}

// A session ends when nobody has moved for a while; asking for news is no moving.
function stillHere() {
  if (performance.now() - movedMs < HERE_EVERY_MS) return;
  movedMs = performance.now();
  send("POST", "/api/me/here").catch(() => {});
}

function menu() {
  const close = h("button", { className: "cancel", type: "button" },
    h("span", { data: { i18n: "close" } }), h("kbd", {}, "Esc"));
  const dialog = h("dialog", { id: "who" },
    h("h2", { id: "who-title" }, person.name),
    h("p", {}, person.seat ? h("b", {}, person.seat, " ") : null, h("span", { id: "who-what" })),
    password(),
    h("p", {}, close, h("button", {
      type: "button", id: "sign-out", data: { i18n: "who.sign_out" }, onclick: signOut,
    })));
  dialog.setAttribute("aria-labelledby", "who-title");
  close.onclick = () => dialog.close();
  return dialog;
}

function password() {
  const field = (id, word, autocomplete) => h("label", {}, h("span", { data: { i18n: word } }),
    h("input", { id, type: "password", required: true, autocomplete }));
  const said = h("p", { id: "password-said", role: "status" });
  const form = h("form", {},
    h("input", { type: "text", autocomplete: "username", value: person.login, hidden: true }),
    field("password-old", "who.old", "current-password"),
    field("password-new", "who.new", "new-password"),
    h("p", { className: "quiet", data: { i18n: "who.rule" } }), said,
    h("button", { data: { i18n: "who.change" } }));
  form.onsubmit = async (submit) => {
    submit.preventDefault();
    const body = { old: byId("password-old").value, new: byId("password-new").value };
    said.textContent = await send("PUT", "/api/me/password", body).then(() => {
      form.reset();
      return t("who.changed");
    }, whyNot);
  };
  return h("details", {}, h("summary", { data: { i18n: "who.password" } }), form);
}

const whyNot = (problem) => (problem instanceof Refused ? problem.message : t("act.unreachable"));

async function signOut() {
  await send("DELETE", "/api/session").catch(() => {});
  location.assign("/login");
}
