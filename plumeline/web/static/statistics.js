// Statistics: the figures of a period by district, station, class or person. Every figure opens its
// rows (statistics_rows.js), every choice is in the address.

import { ask } from "./api.js";
import { timeText } from "./clock.js";
import { byId, h, svg } from "./dom.js";
import { language, t } from "./i18n.js";
import { openShell } from "./shell.js";
import { closeRows, showRows } from "./statistics_rows.js";

const BYS = ["district", "station", "class", "person", "city"];
const CLASSES = ["production_unit", "small_place", "residential", "hazchem", ""];
const BIG = ["stations", "staff", "visits", "inspections", "found", "rectified", "listed", "cases"];
const NOTHING = "–";
const OPENS = ["visits", "inspections", "found", "rectified", "listed", "delisted", "cases"];
const DOWN = { district: "station", station: "person" };

let table = null;
let months = {};

const filters = () => byId("filters").elements;
const word = (one) => (language() === "zh" ? one.zh : one.en);
const said = () => new URLSearchParams(location.search);

function shownNumber(one, line) {
  const value = one.over ? line.ratios[one.name] : line.counts[one.name];
  if (value === null || value === undefined) return NOTHING;
  if (one.unit === "count") return value.toLocaleString("en-US");
  return one.unit === "share" ? `${(100 * value).toFixed(2)}%` : value.toFixed(3);
}

function go(changes) {
  const next = said();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) next.delete(name);
    else next.set(name, value);
  }
  history.pushState(null, "", `/statistics?${next}`);
  return load();
}

const without = (names) => {
  const left = said();
  for (const name of names) left.delete(name);
  return left;
};

async function load() {
  closeRows();
  try {
    [table, months] = await Promise.all([
      ask(`/api/statistics?${said()}`), ask(`/api/statistics/months?${without(["by"])}`)]);
  } catch (problem) {
    byId("as-of").textContent = t("act.refused", { why: problem.message });
    return;
  }
  draw();
}

function draw() {
  drawFilters();
  byId("as-of").textContent = t("statistics.as_of", { time: timeText(table.t_s) });
  byId("figures").replaceChildren(...table.definitions.filter(({ name }) => BIG.includes(name)).map((one) =>
    h("div", { title: language() === "zh" ? one.means_zh : one.means_en },
      h("span", { className: "quiet" }, word(one)), h("strong", { data: { figure: one.name } }, shownNumber(one, table.total)))));
  const some = Object.keys(months).length > 0;
  byId("months").replaceChildren(...(some ? [chart("visits"), chart("found")] : []));
  drawTable();
  byId("means").replaceChildren(...table.definitions.flatMap((one) => [
    h("dt", {}, word(one)), h("dd", {}, language() === "zh" ? one.means_zh : one.means_en)]));
}

// Without what cannot be told apart this way, such as the stations of a person.
const told = () => table.definitions.filter((one) => !table.groups.length
  || table.groups.some((line) => shownNumber(one, line) !== NOTHING));

function drawTable() {
  const head = h("tr", {}, h("th", { scope: "col" }, t(`by.${table.by}`)),
    ...told().map((one) => h("th", {
      scope: "col", title: language() === "zh" ? one.means_zh : one.means_en,
    }, word(one))));
  byId("table").tHead.replaceChildren(head);
  byId("table").tBodies[0].replaceChildren(...table.groups.map((line) => row(line, false)));
  byId("table").tFoot.replaceChildren(row(table.total, true));
}

function row(line, isTotal) {
  const name = isTotal ? t("statistics.total") : word(line);
  const down = !isTotal && DOWN[table.by];
  const title = down
    ? h("button", { type: "button", onclick: () => go({ by: down, org: line.key }) }, name) : name;
  return h("tr", { data: { key: line.key } }, h("th", { scope: "row" }, title),
    ...told().map((one) => h("td", {}, figure(one, line, isTotal))));
}

function figure(one, line, isTotal) {
  const text = shownNumber(one, line);
  const late = line.late[one.name];
  const note = late ? h("small", {}, t("statistics.late", { n: late.toLocaleString("en-US") })) : "";
  if (!OPENS.includes(one.name) || !line.counts[one.name]) return h("span", {}, text, note);
  const button = h("button", {
    type: "button", data: { figure: one.name }, onclick: () => rows(one, line, isTotal),
  }, text);
  return h("span", {}, button, note);
}

function rows(one, line, isTotal) {
  const scope = without(["by"]);
  if (!isTotal && ["district", "station"].includes(table.by)) scope.set("org", line.key);
  if (!isTotal && table.by === "class") scope.set("class", line.key);
  if (!isTotal && table.by === "person") scope.set("person", line.key);
  scope.set("figure", one.name);
  const name = isTotal ? t("statistics.total") : word(line);
  showRows(scope, `${name} · ${word(one)}`);
}

// Bars by month; the scale is that of the tallest.
function chart(name) {
  const all = Object.entries(months);
  const short = new Intl.NumberFormat(language() === "zh" ? "zh-CN" : "en", { notation: "compact" });
  const top = Math.max(1, ...all.map(([, counts]) => counts[name]));
  const wide = 480 / Math.max(all.length, 1);
  const bars = all.flatMap(([month, counts], i) => {
    const tall = (100 * counts[name]) / top;
    const middle = i * wide + wide / 2;
    const thick = Math.min(Math.max(wide - 12, 2), 48);
    const label = (y, text) => svg("text", { x: middle, y, "text-anchor": "middle" }, text);
    return [
      svg("rect", { class: `bar ${name}`, x: middle - thick / 2, y: 118 - tall, width: thick, height: tall }),
      label(112 - tall, short.format(counts[name])), label(136, month.slice(5))];
  });
  const one = table.definitions.find((definition) => definition.name === name);
  return h("figure", {}, svg("svg", { viewBox: "0 0 480 140", role: "img", "aria-label": word(one) }, ...bars),
    h("figcaption", {}, word(one)));
}

function drawFilters() {
  const { by, first, last } = filters();
  const org = said().get("org");
  const bys = BYS.filter((one) => one !== "person" || table.by === "person");
  by.replaceChildren(...bys.map((value) => h("option", { value }, t(`by.${value}`))));
  filters().class.replaceChildren(h("option", { value: "all" }, t("orders.all")),
    ...CLASSES.map((value) => h("option", { value }, value ? t(`category.${value}`) : t("statistics.unclassified"))));
  [by.value, first.value, last.value] = [table.by, table.first, table.last];
  filters().class.value = said().get("class") ?? "all";
  byId("within").replaceChildren(...(org ? [h("button", {
    type: "button", id: "all-orgs", onclick: () => go({ org: null, by: "district" }),
  }, t("statistics.whole"))] : []));
  const files = without([]);
  byId("files").replaceChildren(...["csv", "xlsx", "pdf"].map((form) => {
    const wanted = new URLSearchParams(files);
    wanted.set("format", form);
    wanted.set("lang", language());
    return h("a", { className: "button", href: `/api/statistics/file?${wanted}`, download: "" },
      form === "pdf" ? t("statistics.report") : form.toUpperCase());
  }));
}

function redraw() {
  closeRows(); // in the other language
  if (table) draw();
}

function press({ key }) {
  const { by } = filters();
  if (key !== "b") return false;
  const open = [...by.options].map(({ value }) => value).filter((one) => one !== "person");
  go({ by: open[(open.indexOf(by.value) + 1) % open.length] });
  return true;
}

async function begin() {
  await openShell({
    view: "statistics", press, redraw, help: [["b", "help.statistics_by"]],
  });
  byId("filters").onsubmit = (submit) => submit.preventDefault();
  byId("filters").onchange = ({ target }) => go({
    [target.name]: target.name === "class" && target.value === "all" ? null : target.value });
  addEventListener("popstate", load);
  await load();
  document.documentElement.dataset.ready = "";
}

begin();
