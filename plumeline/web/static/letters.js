// Messages to partners that were given up: a count in the strip at the foot, and behind it the list,
// from which each can be sent again.
//
//   await loadLetters()   for those who may see them
//   lettersButton()       null where none is dead

import { Refused, ask, tell } from "./api.js";
import { timeElement } from "./clock.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { can } from "./who.js";

const HEADS = ["time", "channel", "incident", "subject", "why"];

let dead = [];

export async function loadLetters() {
  if (can("GET /api/outbox")) dead = await ask("/api/outbox?state=dead");
}

export const lettersButton = () => (dead.length ? h("button", {
  id: "dead-letters", type: "button", className: "badge warn", ariaHasPopup: "dialog", onclick: openLetters,
}, t("letters.dead", { n: dead.length })) : null);

function openLetters() {
  const refused = h("p", { className: "warned", role: "alert" });
  const table = h("table", {});
  const close = h("button", { className: "cancel", type: "button" }, t("close"), h("kbd", {}, "Esc"));
  const dialog = h("dialog", { id: "letters" }, h("h2", { id: "letters-title" }, t("letters.title")),
    h("p", { className: "quiet" }, t("letters.what")), table, refused, h("p", {}, close));
  const draw = () => table.replaceChildren(
    h("thead", {}, h("tr", {}, ...HEADS.map((name) => h("th", { scope: "col" }, t(`letters.${name}`))), h("td", {}))),
    h("tbody", {}, ...dead.map((one) => row(one, again))));
  const again = async (n) => {
    try {
      dead = await tell(`/api/outbox/${n}/again`);
      refused.textContent = "";
    } catch (problem) {
      refused.textContent = problem instanceof Refused
        ? t("act.refused", { why: problem.message }) : t("act.unreachable");
    }
    draw();
    close.focus();
  };
  dialog.setAttribute("aria-labelledby", "letters-title");
  dialog.onclose = () => {
    dialog.remove();
    byId("dead-letters")?.replaceWith(lettersButton() ?? "");
    byId("dead-letters")?.focus();
  };
  close.onclick = () => dialog.close();
  draw();
  document.body.append(dialog);
  dialog.showModal();
}

function row(one, again) {
  const button = h("button", { type: "button", onclick: () => again(one.n) }, t("letters.again"));
  return h("tr", {}, h("td", {}, timeElement(one.t_planned_s)), h("td", {}, one.channel),
    h("td", {}, h("a", { href: `/#${encodeURIComponent(one.incident_id)}` }, one.incident_id)),
    h("td", {}, one.subject), h("td", {}, t("letters.tries", { n: one.attempts, why: one.error ?? "" })),
    h("td", {}, can("POST /api/outbox/{n}/again") ? button : null));
}
