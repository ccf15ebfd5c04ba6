// What happened, beside the picture: first seen, raised, and what people did; the newest is marked.
//
//   const events = new Events(list, { onSeek, onSelect })
//   events.set(story)        plumeline.web.flights.FlightStory
//   events.at(tS)            marks the newest one; returns how many incidents are there by then
//   events.incidents         in the order in which they are there: plumeline.web.answers.ToldIncident
//   events.draw(), events.select(incidentId)

import { timeElement, timeText } from "./clock.js";
import { h } from "./dom.js";
import { language, t } from "./i18n.js";
import { labelIcon } from "./icons.js";
import { upto } from "./player.js";

export class Events {
  #list;
  #on;
  incidents = [];
  #rows = [];
  #beganS = [];
  #times = [];
  #selected = null;
  #here = -1;

  constructor(list, on) {
    this.#list = list;
    this.#on = on;
  }

  set(story) {
    const began = new Map(); // by incident, in the order in which they begin
    this.#rows = story.events.filter(({ kind, incident_id: id, since_s: sinceS }) => {
      const first = !began.has(id);
      if (first) began.set(id, sinceS);
      return first || kind === "act" || kind === "raised";
    });
    const told = new Map(story.incidents.map((one) => [one.incident.incident_id, one]));
    this.incidents = [...began.keys()].map((id) => told.get(id)).filter(Boolean);
    this.#beganS = [...began.values()];
    this.#times = this.#rows.map(({ since_s: sinceS }) => sinceS);
    this.draw();
  }

  draw() {
    const rows = this.#rows.map((one) => this.#row(one));
    this.#list.replaceChildren(...(rows.length ? rows : [h("li", { className: "quiet" }, t("replay.nothing_happened"))]));
    this.#here = -1;
  }

  at(tS) {
    const here = upto(this.#times, tS) - 1;
    if (here !== this.#here) {
      this.#list.children[this.#here]?.firstElementChild?.removeAttribute("aria-current");
      this.#here = here;
      const row = here < 0 ? null : this.#list.children[here];
      row?.firstElementChild?.setAttribute("aria-current", "time");
      row?.scrollIntoView({ block: "nearest" });
    }
    return upto(this.#beganS, tS);
  }

  select(incidentId) {
    this.#selected = incidentId;
    for (const [i, { incident_id: id }] of this.#rows.entries()) {
      this.#list.children[i]?.classList.toggle("selected", id === incidentId);
    }
  }

  #row(one) {
    const told = this.incidents.find(({ incident }) => incident.incident_id === one.incident_id);
    const time = timeElement(one.since_s);
    time.textContent = timeText(one.since_s).slice(11, 19);
    const button = h("button", { type: "button" }, time,
      one.label ? labelIcon(one.label) : null,
      h("span", {}, this.#words(one)),
      h("span", { className: "quiet" }, one.kind === "act" ? "" : told?.headline[language()] ?? ""));
    button.onclick = () => {
      this.#on.onSelect(one.incident_id);
      this.#on.onSeek(one.since_s);
    };
    return h("li", { className: one.incident_id === this.#selected ? "selected" : "" }, button);
  }

  #words({ kind, verb, actor, seat, reason, score, other_flight: other }) {
    if (kind === "act") {
      if (verb === "escalate") return t("replay.escalated");
      return [t(`done.${verb}`), reason && t(`reason.${reason}`), actor, seat].filter(Boolean).join(" · ");
    }
    const words = t(`replay.${kind}`, { score: Math.round(score * 100) });
    return other ? `${words} · ${other}` : words;
  }
}
