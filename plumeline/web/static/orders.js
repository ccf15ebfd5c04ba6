// Work orders: the list with its filters (kept in the address), the one that is open, and a hazard
// reported by hand. What can be done with one is in orders_case.js.

import { ask } from "./api.js";
import { byId, h } from "./dom.js";
import { dayText } from "./duedays.js";
import { language, t } from "./i18n.js";
import { drawCase, openCase } from "./orders_case.js";
import { askFields } from "./orders_form.js";
import { openShell } from "./shell.js";
import { can, me } from "./who.js";

const REPORT = "POST /api/orders/hazards";
const PAGE = 50;
const AGAIN_MS = 30_000;
const STATES = ["collected", "accepted", "dispatched", "signed_for", "in_progress", "suspended",
  "reported_done", "verified", "closed", "rejected"];

let codes = null;
let found = null; // { today, total, overdue, orders }
let shown = null; // the case that is open
let skip = 0;

const filters = () => byId("filters").elements;
const named = (table, key) => table[key]?.[language() === "zh" ? 0 : 1] ?? key;
const kindName = (key) => named(codes.kinds, key);

function ownerName(owner) {
  return owner.startsWith("desk:")
    ? t("orders.desk", { org: named(codes.orgs, owner.slice(5)) }) : named(codes.orgs, owner);
}

function read() {
  const said = new URLSearchParams(location.search);
  for (const name of ["state", "org", "owner"]) filters()[name].value = said.get(name) ?? "";
  for (const name of ["overdue", "repeats", "refly"]) filters()[name].checked = said.has(name);
  drawMine();
  return said.get("key");
}

function address(key) {
  const said = new URLSearchParams();
  for (const name of ["state", "org", "owner"]) {
    if (filters()[name].value) said.set(name, filters()[name].value);
  }
  for (const name of ["overdue", "repeats", "refly"]) if (filters()[name].checked) said.set(name, "true");
  if (key) said.set("key", key);
  return said;
}

async function load() {
  const said = address(null);
  said.set("limit", String(skip + PAGE));
  found = await ask(`/api/orders?${said}`);
  drawList();
}

async function open(key, push = true) {
  const said = address(key);
  if (push) history.replaceState(null, "", `/orders?${said}`);
  shown = key ? await ask(`/api/orders/case?${new URLSearchParams({ key })}`) : null;
  drawList();
  drawCase(shown, words);
}

const words = { kindName, ownerName, powers: () => codes.powers };

function drawList() {
  byId("sum").textContent = t("orders.sum", { total: found.total, overdue: found.overdue });
  byId("list").replaceChildren(...found.orders.map(line));
  if (!found.orders.length) byId("list").append(h("li", { className: "quiet" }, t("orders.none")));
  byId("more").hidden = found.orders.length >= found.total;
  for (const kind of ["csv", "xlsx"]) {
    byId(kind).href = `/api/orders.${kind}?${address(null)}&lang=${language()}`;
  }
}

function line({ listed, overdue }) {
  const { order, kind, level, place, address: where, listing_state: listing } = listed;
  const { standing, task } = order;
  const row = h("li", { className: overdue ? "late" : "", onclick: () => open(task.key) },
    h("button", { type: "button" }, kindName(kind)),
    h("p", { className: "line" },
      h("span", { className: "badge" }, t(`order.${standing.state}`)),
      level === "major" ? h("span", { className: "badge warn" }, t("level.major")) : null,
      listing ? h("span", { className: "badge" }, t(`listing.${listing}`)) : null,
      standing.refly === "asked" ? h("span", { className: "badge warn" }, t("orders.refly")) : null,
      order.repeat_of ? h("span", { className: "badge warn" }, t("orders.repeat")) : null,
      due(standing.due, overdue)),
    h("p", { className: "quiet" }, [place ?? where, ownerName(standing.owner)].filter(Boolean).join(" · ")));
  if (shown?.case.finding.key === task.key) row.setAttribute("aria-current", "true");
  return row;
}

function due(day, overdue) {
  if (!day) return h("span", {});
  return h("span", { className: overdue ? "late-text" : "quiet" },
    t(overdue ? "orders.late" : "orders.due", { day: dayText(day, found.known_until) }));
}

const drawMine = () => { filters().mine.checked = filters().owner.value === me().name; };

function drawFilters() {
  const { state, org } = filters();
  const kept = [state.value, org.value];
  state.replaceChildren(h("option", { value: "" }, t("orders.open")),
    ...STATES.map((value) => h("option", { value }, t(`order.${value}`))));
  org.replaceChildren(h("option", { value: "" }, t("orders.all")),
    ...Object.keys(codes.orgs).map((value) => h("option", { value }, named(codes.orgs, value))));
  [state.value, org.value] = kept;
}

function redraw() {
  if (!found) return;
  drawFilters();
  drawList();
  drawCase(shown, words);
}

function move(by) {
  const keys = found.orders.map(({ listed }) => listed.order.task.key);
  const here = keys.indexOf(shown?.case.finding.key);
  const next = keys[Math.min(Math.max(here + by, 0), keys.length - 1)];
  if (next) open(next).then(() => document.querySelector("[aria-current='true']")?.scrollIntoView({ block: "nearest" }));
  return true;
}

function report() {
  if (!can(REPORT)) return false;
  const kinds = Object.keys(codes.kinds).map((value) => [value, kindName(value)]);
  askFields(t("orders.new"), [
    { name: "kind", word: "orders.kind", choices: kinds },
    { name: "level", word: "orders.level", choices: ["general", "major"].map((one) => [one, t(`level.${one}`)]) },
    { name: "place_id", word: "orders.place_id" },
    { name: "address", word: "orders.address" },
    { name: "text", word: "orders.text", long: true },
    { name: "evidence", word: "orders.evidence", pictures: true },
  ], "/api/orders/hazards", { number: crypto.randomUUID?.() ?? String(Date.now()) },
  async (answer) => {
    await load();
    open(answer.orders[0]);
  });
  return true;
}

function press({ key }) {
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "n") return report();
  if (key === "o") {
    filters().overdue.click();
    return true;
  }
  return false;
}

async function changed(answer) {
  shown = answer;
  await load();
  drawCase(shown, words);
}

async function begin() {
  await openShell({
    view: "orders", redraw, press,
    help: [["j k", "help.orders_move"], ["o", "help.orders_late"], ["n", "help.orders_new", REPORT]],
  });
  codes = await ask("/api/orders/codes");
  drawFilters();
  openCase(changed);
  const key = read();
  byId("filters").onsubmit = (submit) => submit.preventDefault();
  byId("filters").onchange = ({ target }) => {
    if (target.name === "mine") filters().owner.value = target.checked ? me().name : "";
    drawMine();
    skip = 0;
    history.replaceState(null, "", `/orders?${address(shown?.case.finding.key)}`);
    load();
  };
  byId("new").hidden = !can(REPORT);
  byId("new").onclick = report;
  byId("more").onclick = () => {
    skip += PAGE;
    load();
  };
  await load();
  await open(key ?? found.orders[0]?.listed.order.task.key, Boolean(key));
  setInterval(load, AGAIN_MS);
  document.documentElement.dataset.ready = "";
}

begin();
