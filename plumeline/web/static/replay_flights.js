// Which flights there are: filters in the address, the newest first, one page at a time.
//
//   const chooser = new Chooser({ form, table, found, pages })
//   chooser.load()     asks with what the address says; chooser.draw() after the language has changed

import { ask } from "./api.js";
import { dayS, durationText, timeElement } from "./clock.js";
import { h } from "./dom.js";
import { fields, paged, said } from "./filters.js";
import { t } from "./i18n.js";

const PAGE = 50;
const SOURCES = ["live", "file", "both"];
const DAY_S = 86_400;

export class Chooser {
  #at;
  #list = null;
  #premises = [];

  constructor(at) {
    this.#at = at;
  }

  async load() {
    const [list, { shapes }] = await Promise.all(
      [ask(`/api/flights?${this.#query()}`), ask("/api/map")]);
    this.#list = list;
    this.#premises = shapes.features.map(({ properties: own }) => own)
      .filter(({ kind }) => kind === "premises");
    this.draw();
  }

  draw() {
    if (!this.#list) return;
    const { total, offset, flights, devices } = this.#list;
    fields(this.#at.form, [
      { name: "device", word: "filter.device", options: devices.map((one) => [one, one]) },
      { name: "from", word: "filter.from", type: "date" },
      { name: "to", word: "filter.to", type: "date" },
      { name: "source", word: "filter.source", options: SOURCES.map((one) => [one, t(`source.${one}`)]) },
      { name: "premises", word: "filter.premises", suggest: this.#premises.map(({ id, name }) => [id, name]) },
    ], () => this.load());
    this.#at.found.textContent = t("replay.found", { n: total });
    this.#at.table.replaceChildren(
      h("thead", {}, h("tr", {}, ...["start", "device", "flight", "length", "fixes", "frames", "source",
        "incidents"].map((name) => h("th", { scope: "col" }, t(`flight.${name}`))))),
      h("tbody", {}, ...flights.map(row)));
    paged(this.#at.pages, { total, offset, size: PAGE }, () => this.load());
  }

  #query() {
    const { device, source, premises, from, to, offset } = said();
    const asked = new URLSearchParams({ limit: PAGE, offset: offset ?? 0 });
    for (const [name, value] of Object.entries({ device, source, premises })) {
      if (value) asked.set(name, value);
    }
    if (from) asked.set("from", dayS(from));
    if (to) asked.set("to", dayS(to) + DAY_S);
    return asked;
  }
}

function row(one) {
  return h("tr", {},
    h("td", {}, h("a", { href: `#f=${encodeURIComponent(one.flight_id)}` }, timeElement(one.t0_s))),
    h("td", {}, one.device_id),
    h("td", {}, one.flight_id),
    h("td", { className: "number" }, durationText(one.t1_s - one.t0_s)),
    h("td", { className: "number" }, String(one.fixes)),
    h("td", { className: "number" }, String(one.frames)),
    h("td", {}, t(`source.${one.source}`)),
    h("td", { className: "number" }, one.incidents ? String(one.incidents) : ""));
}
