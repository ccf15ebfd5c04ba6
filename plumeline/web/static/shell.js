// The frame every page has: header with the views, live link, sound, account, help, theme, language.
//
//   const station = await openShell({ view, help, notes, redraw, press, live, alarms });
//     view     the page's name in the table plumeline/web/pages.py
//     redraw   () => void: draw everything again, the language has changed
//     help     [[keys, word, route], ...]: what the page's own keys do, "j k" or "key.space"; told to
//              who may ask the route, or to all without one
//     notes    [word, ...]: paragraphs under the keys
//     press    (event) => boolean: a key for the page, see keys.js
//     live     { hello, event, heartbeat, isNeeded }: what the page wants of live.js
//     alarms   { limit, read }: what the page wants of alarms.js
// All but `view` and `redraw` may be left out. The page sets `document.documentElement.dataset.ready`
// once its first content is drawn; tests wait for that.

import * as alarms from "./alarms.js";
import { ask } from "./api.js";
import { setClock, setZone, tickAges } from "./clock.js";
import { byId, h } from "./dom.js";
import { openFootage } from "./footage.js";
import { choose, language, remembered, t } from "./i18n.js";
import { icon } from "./icons.js";
import { openKeys } from "./keys.js";
import { Live } from "./live.js";
import { isOn, openSound, ringFor, ringForLink } from "./sound.js";
import { can, drawWho, knowMe, openWho } from "./who.js";

const STALE_S = 5;
const LOST_S = 30;
const ALARMS_ELSEWHERE = 50;
const THEME_KEY = "plumeline.theme";

let station = null;
let page = null;
let rung = null;

export async function openShell(wanted) {
  page = { help: [], notes: [], live: {}, alarms: {}, press: () => false, ...wanted };
  const [told, pages] = await Promise.all(
    [ask("/api/station"), ask("/api/pages"), choose(remembered()), knowMe()]);
  station = told;
  setZone(station.time_zone);
  document.body.prepend(header(pages), ...banners());
  document.body.append(help());
  await choose(language());
  draw();
  listen();
  return station;
}

function draw() {
  byId("station").textContent = station[`name_${language()}`];
  drawTitle();
  drawWho();
}

function header(pages) {
  return h("header", { id: "shell" },
    h("a", { className: "brand", href: "/" }, icon("brand"),
      h("span", {}, h("strong", {}, "Plumeline"), h("span", { id: "station" }))),
    views(pages),
    h("div", { className: "tools" },
      h("span", { id: "link", className: "link", role: "status" }),
      soundButton(),
      h("span", { id: "account" }),
      h("button", { id: "help-open", type: "button", data: { i18nLabel: "help.open" } },
        h("kbd", {}, "?")),
      h("button", { id: "theme", type: "button", data: { i18nLabel: "theme.other" } }, icon("theme")),
      h("button", { id: "language", type: "button", data: { i18n: "language.other" } })));
}

function views(pages) {
  const links = pages.map(({ name, path }) => {
    const link = h("a", { href: path },
      h("span", { data: { i18n: `view.${name}` } }),
      name === "command" ? h("b", { id: "calls", hidden: true }) : null);
    if (name === page.view) link.setAttribute("aria-current", "page");
    return link;
  });
  return h("nav", { id: "views", data: { i18nLabel: "views.title" } }, ...links);
}

function soundButton() {
  const words = ["locked", "on", "muted"].map((state) =>
    h("span", { className: `is-${state}`, data: { i18n: `sound.${state}` } }));
  return h("button", { id: "sound", type: "button" }, icon("sound"), ...words);
}

function banners() {
  return [
    h("p", { id: "stale", className: "banner stale", role: "alert", hidden: true },
      h("span", { data: { i18n: "link.stale" } }),
      h("b", { id: "stale-s", ariaHidden: "true" })),
    h("p", { id: "alarms", className: "unseen", role: "alert" }),
  ];
}

function help() {
  const mine = page.help.filter(([, , route]) => !route || can(route));
  const rows = [...mine, ["?", "help.help"]].flatMap(([keys, word]) => [
    h("dt", {}, ...keys.split(" ").map((key) => (key.startsWith("key.")
      ? h("kbd", { data: { i18n: key } }) : h("kbd", {}, key)))),
    h("dd", { data: { i18n: word } })]);
  const close = h("button", { className: "cancel", type: "button" },
    h("span", { data: { i18n: "close" } }), h("kbd", {}, "Esc"));
  const dialog = h("dialog", { id: "help" },
    h("h2", { id: "help-title", data: { i18n: "help.title" } }),
    h("dl", {}, ...rows),
    ...page.notes.map((word) => h("p", { data: { i18n: word } })),
    h("p", {}, close));
  dialog.setAttribute("aria-labelledby", "help-title");
  close.onclick = () => dialog.close();
  return dialog;
}

function listen() {
  byId("language").onclick = () => choose(language() === "zh" ? "en" : "zh").then(() => {
    draw();
    page.redraw();
  });
  byId("theme").onclick = switchTheme;
  byId("help-open").onclick = () => byId("help").showModal();
  openWho(byId("account"));
  openFootage();
  openSound();
  openKeys((event) => {
    if (event.key === "?") byId("help").showModal();
    return event.key === "?" || page.press(event);
  });
  setInterval(tickAges, 1000);
  if (!can("GET /api/stream")) return; // an admin hears of no alarm
  alarms.openAlarms({ limit: page.alarms.limit ?? ALARMS_ELSEWHERE, read: readAlarms });
  new Live(onLive());
}

function onLive() {
  const { hello, event, heartbeat, isNeeded } = page.live;
  return {
    hello(told) {
      hello?.(told);
      alarms.refresh();
    },
    event(numbered) {
      event?.(numbered);
      alarms.refresh();
    },
    heartbeat(told) {
      setClock(told.t_s);
      heartbeat?.(told);
      if (alarms.missing()) alarms.refresh();
    },
    silence: showSilence,
    refused: () => ask("/api/me").catch(() => {}), // is one still in?
    isNeeded: () => isOn() || isNeeded?.() === true,
  };
}

async function readAlarms(list) {
  ringFor(list.incidents);
  announce(list);
  drawTitle();
  await page.alarms.read?.(list);
}

// The first list is no news.
function announce({ incidents }) {
  const ringing = incidents.filter((told) => told.rings_since_s !== null);
  const fresh = ringing.filter(({ incident }) => rung && !rung.has(incident.incident_id));
  rung = new Set(ringing.map(({ incident }) => incident.incident_id));
  if (!fresh.length) return;
  byId("alarms").textContent =
    fresh.map((told) => t("alarm.new", { headline: told.headline[language()] })).join(" ");
}

function drawTitle() {
  const waiting = alarms.current()?.unanswered ?? 0;
  const badge = byId("calls"); // none where the command view is not one's own
  if (badge) Object.assign(badge, {
    hidden: !waiting, textContent: waiting, ariaLabel: t("queue.unanswered", { n: waiting }),
  });
  const calls = waiting ? `(${waiting}) ` : "";
  document.title = `${calls}${t(`view.${page.view}`)} · ${station[`name_${language()}`]} · Plumeline`;
}

function showSilence(seconds) {
  const stale = seconds > STALE_S;
  byId("stale").hidden = !stale;
  byId("stale-s").textContent = stale ? t("seconds", { n: Math.floor(seconds) }) : "";
  byId("link").className = stale ? "link down" : "link up";
  byId("link").textContent = t(stale ? "link.down" : "link.up");
  ringForLink(seconds > LOST_S);
}

function switchTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem(THEME_KEY, dataset.theme);
  document.dispatchEvent(new Event("theme"));
}
