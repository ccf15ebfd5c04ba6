// The view for an admin: who may sign in, as what, for which district.

import { Refused, ask, send, tell } from "./api.js";
import { byId, h } from "./dom.js";
import { t } from "./i18n.js";
import { openShell } from "./shell.js";

const ROLES = ["operator", "inspector", "command", "auditor", "partner", "admin"];

let accounts = [];

async function load() {
  accounts = await ask("/api/people");
  draw();
}

function draw() {
  byId("accounts").replaceChildren(...accounts.map(row));
  const { role } = byId("new-account").elements;
  role.replaceChildren(...options(role.value || "operator"));
}

const options = (chosen) => ROLES.map((role) =>
  h("option", { value: role, selected: role === chosen }, t(`role.${role}`)));

function row(one) {
  const label = (word) => `${t(`people.${word}`)}: ${one.login}`;
  const field = (name, rest = {}) => h("input", {
    value: one[name], maxLength: 128, ariaLabel: label(name),
    onchange: ({ target }) => change(one, { [name]: target.value }), ...rest,
  });
  return h("tr", { className: one.disabled ? "disabled" : "", data: { login: one.login } },
    h("th", { scope: "row" }, one.login),
    h("td", {}, one.name),
    h("td", {}, field("seat")),
    h("td", {}, h("select", {
      ariaLabel: label("role"), onchange: ({ target }) => change(one, { role: target.value }),
    }, ...options(one.role))),
    h("td", {}, field("district")),
    h("td", {}, field("password", { value: "", type: "password", autocomplete: "new-password" })),
    h("td", {}, h("button", {
      type: "button", ariaLabel: `${t(one.disabled ? "people.enable" : "people.disable")}: ${one.login}`,
      onclick: () => change(one, { disabled: !one.disabled }),
    }, t(one.disabled ? "people.enable" : "people.disable"))));
}

const change = (one, changes) =>
  say(send("PATCH", `/api/people/${encodeURIComponent(one.login)}`, changes),
    t("people.changed", { login: one.login }));

async function say(asked, done) {
  byId("people-said").textContent = await asked.then(() => done, whyNot);
  await load();
}

const whyNot = (problem) => (problem instanceof Refused ? problem.message : t("act.unreachable"));

byId("new-account").onsubmit = (submit) => {
  submit.preventDefault();
  const form = /** @type {HTMLFormElement} */ (submit.target);
  const body = Object.fromEntries(new FormData(form));
  say(tell("/api/people", body).then(() => form.reset()), t("people.added", { login: body.login }));
};

await openShell({ view: "people", redraw: draw });
await load();
document.documentElement.dataset.ready = "";
