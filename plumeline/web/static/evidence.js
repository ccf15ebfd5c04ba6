// What was seen: the picture with its box, a closer look beside it, and what the drone took before
// and after. The wheel or + and - bring it nearer, dragging moves it, b hides the box.
//
//   drawEvidence(told, events, pictures)   of one incident
//   press(key)                             true for a key of this picture

import { timeElement, timeText } from "./clock.js";
import { byId, h, svg } from "./dom.js";
import { loaded } from "./footage.js";
import { t } from "./i18n.js";

const STRIP = 9;
const NEAREST = 12;
const STEP = 1.5;
const LOUPE = 3; // times as large as the box is the ground it is shown on

let shown = null; // { best, pictures, seen, sha256 }
let boxed = true;
let view = { scale: 1, x: 0, y: 0 };

const source = (sha256) => `/api/blobs/${sha256}`;
const percent = (value, size) => `${(100 * value) / size}%`;

export function drawEvidence({ incident }, events, pictures) {
  const { best } = incident;
  const seen = new Map(events.filter(({ event }) => event.evidence)
    .map(({ event }) => [event.evidence.sha256, event.evidence]));
  seen.set(best.sha256, best);
  const kept = shown?.id === incident.incident_id && shown.touched ? shown.sha256 : best.sha256;
  shown = {
    id: incident.incident_id, touched: kept !== best.sha256, best, seen, sha256: kept,
    pictures: around(pictures, best, seen),
  };
  draw();
}

// A few before, the best, a few after: evenly spread, and the best always among them.
function around(pictures, best, seen) {
  const all = pictures.length ? pictures : [...seen.values()];
  const at = Math.max(all.findIndex(({ sha256 }) => sha256 === best.sha256), 0);
  const step = Math.max(1, Math.ceil(all.length / STRIP));
  return all.filter((_, i) => (i - at) % step === 0);
}

function draw() {
  view = { scale: 1, x: 0, y: 0 };
  const found = shown.seen.get(shown.sha256);
  const size = found ?? shown.best;
  const tS = found?.t_capture_s
    ?? shown.pictures.find(({ sha256 }) => sha256 === shown.sha256)?.t_capture_s;
  byId("evidence").replaceChildren(
    frame(found, size),
    h("figcaption", {}, t("frame.captured"), " ", timeElement(tS),
      found ? "" : ` · ${t("frame.nothing")}`, tools()),
    strip());
}

function frame(found, { width_px: width, height_px: height }) {
  const image = h("img", { src: source(shown.sha256), alt: t("frame.alt"), width, height, draggable: false });
  const inside = h("div", { className: "zoomed" }, image, ...(found ? marks(found) : []));
  const holder = h("div", { className: boxed ? "frame" : "frame unboxed" }, inside);
  if (found) holder.append(loupe(found));
  holder.style.aspectRatio = `${width} / ${height}`;
  loaded(image).then((came) => came || holder.replaceChildren(h("p", {}, t("frame.missing"))));
  holder.addEventListener("wheel", (turn) => {
    turn.preventDefault();
    zoom(turn.deltaY < 0 ? STEP : 1 / STEP, place(holder, turn));
  }, { passive: false });
  holder.onpointermove = (move) => {
    if (!(move.buttons & 1) || view.scale === 1) return;
    view = { ...view, x: view.x + move.movementX, y: view.y + move.movementY };
    apply();
  };
  holder.ondblclick = () => near(found);
  return holder;
}

function marks({ box, label, score, width_px: width, height_px: height }) {
  const outline = svg("svg",
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", {
      class: label, x: box.x0_px, y: box.y0_px,
      width: box.x1_px - box.x0_px, height: box.y1_px - box.y0_px,
    }));
  const tag = h("span", {
    className: `tag ${label}`,
    style: { left: percent(box.x0_px, width), top: percent(box.y0_px, height) },
  }, `${t(`label.${label}`)} ${Math.round(score * 100)}%`);
  if (box.y0_px < height * 0.1) tag.classList.add("inside");
  return [outline, tag];
}

// The corner farthest from what it enlarges.
function loupe(found) {
  const { box, label, width_px: width, height_px: height } = found;
  const [midX, midY] = [(box.x0_px + box.x1_px) / 2, (box.y0_px + box.y1_px) / 2];
  const side = Math.min(height, width,
    Math.max(LOUPE * Math.max(box.x1_px - box.x0_px, box.y1_px - box.y0_px) / 2, height / 6));
  const within = (mid, size) => Math.min(Math.max(mid - side / 2, 0), size - side);
  const image = h("img", { src: source(shown.sha256), alt: "", draggable: false });
  Object.assign(image.style, {
    width: percent(width, side), height: percent(height, side),
    left: percent(-within(midX, width), side), top: percent(-within(midY, height), side),
  });
  return h("button", {
    type: "button", onclick: () => near(found), title: t("frame.near"), ariaLabel: t("frame.near"),
    className: `loupe ${label} ${midX < width / 2 ? "right" : "left"} ${midY < height / 2 ? "low" : "high"}`,
  }, image);
}

function tools() {
  const button = (word, key, onclick, rest = {}) => h("button", { type: "button", onclick, ...rest },
    word ? t(word) : "", h("kbd", { ariaHidden: "true" }, key));
  return h("span", { className: "buttons" },
    button("frame.box", "b", () => press("b"), { id: "frame-box", ariaPressed: String(boxed) }),
    button("", "+", () => press("+"), { title: t("frame.in"), ariaLabel: t("frame.in") }),
    button("", "−", () => press("-"), { title: t("frame.out"), ariaLabel: t("frame.out") }));
}

function strip() {
  const { t_capture_s: zeroS } = shown.best;
  const items = shown.pictures.map(({ sha256, t_capture_s: tS }) => {
    const found = shown.seen.get(sha256);
    const away = Math.round(tS - zeroS);
    const name = away ? t("seconds", { n: `${away > 0 ? "+" : "−"}${Math.abs(away)}` }) : t("frame.best");
    const button = h("button", {
      type: "button", title: timeText(tS), className: found?.label ?? "",
      onclick: () => show(sha256),
    }, h("img", { src: source(sha256), alt: "", loading: "lazy", width: 96, height: 54 }),
    h("span", {}, name));
    if (sha256 === shown.sha256) button.setAttribute("aria-current", "true");
    return h("li", {}, button);
  });
  return items.length > 1
    ? h("ol", { className: "strip", ariaLabel: t("frame.strip") }, ...items) : "";
}

function show(sha256) {
  shown = { ...shown, sha256, touched: true };
  const focused = byId("evidence").contains(document.activeElement);
  draw();
  if (focused) byId("evidence").querySelector("[aria-current]")?.focus();
}

export function press(key) {
  if (!shown) return false;
  if (key === "b") {
    boxed = !boxed;
    byId("evidence").querySelector(".frame")?.classList.toggle("unboxed", !boxed);
    byId("frame-box").ariaPressed = String(boxed);
  } else if (key === "+" || key === "=") zoom(STEP);
  else if (key === "-") zoom(1 / STEP);
  else if (key === "," || key === ".") step(key === "," ? -1 : 1);
  else return false;
  return true;
}

function step(by) {
  const at = shown.pictures.findIndex(({ sha256 }) => sha256 === shown.sha256);
  const next = shown.pictures[at + by];
  if (next) show(next.sha256);
}

const place = (holder, { clientX, clientY }) => {
  const { left, top } = holder.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
};

const holderNow = () => byId("evidence").querySelector(".frame");

// What lies under the point stays under it.
function zoom(by, at = null) {
  const holder = holderNow();
  const { clientWidth: width, clientHeight: height } = holder;
  const { x, y } = at ?? { x: width / 2, y: height / 2 };
  const scale = Math.min(Math.max(view.scale * by, 1), NEAREST);
  const grown = scale / view.scale;
  view = { scale, x: x - (x - view.x) * grown, y: y - (y - view.y) * grown };
  apply();
}

function near(found) {
  if (view.scale > 1 || !found) {
    view = { scale: 1, x: 0, y: 0 };
    return apply();
  }
  const { clientWidth: width, clientHeight: height } = holderNow();
  const { box, width_px: w, height_px: ht } = found;
  const scale = Math.min(NEAREST, 0.6 / Math.max((box.x1_px - box.x0_px) / w, (box.y1_px - box.y0_px) / ht));
  const [x, y] = [((box.x0_px + box.x1_px) / 2 / w) * width, ((box.y0_px + box.y1_px) / 2 / ht) * height];
  view = { scale: Math.max(scale, 1), x: width / 2 - x * scale, y: height / 2 - y * scale };
  return apply();
}

function apply() {
  const holder = holderNow();
  const { clientWidth: width, clientHeight: height } = holder;
  view.x = Math.min(0, Math.max(view.x, width * (1 - view.scale)));
  view.y = Math.min(0, Math.max(view.y, height * (1 - view.scale)));
  holder.classList.toggle("nearer", view.scale > 1);
  holder.querySelector(".zoomed").style.transform =
    `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
}
