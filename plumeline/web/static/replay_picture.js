// The picture of a moment with what was detected in it.
//
//   const shown = new Picture(figure)
//   shown.show(picture, words)   plumeline.flown_told.ShownPicture, or null; words: [text, ...] below it
//   shown.boxes(on)
//   shown.sources                a function from a picture to the address of its bytes
// While one picture is on its way no other is asked for: at 64 times the speed most are passed over,
// and the newest one wanted is always the next.

import { h, svg } from "./dom.js";
import { loaded } from "./footage.js";
import { t } from "./i18n.js";

const percent = (value, size) => `${(100 * value) / size}%`;

export class Picture {
  sources = ({ sha256 }) => `/api/blobs/${sha256}`;
  #holder = h("div", { className: "shot" });
  #caption = h("figcaption", {});
  #wanted = null;
  #shown;
  #busy = false;

  constructor(figure) {
    figure.replaceChildren(this.#holder, this.#caption);
  }

  show(picture, words) {
    this.#caption.replaceChildren(...words.map((word) => h("span", {}, word)));
    this.#wanted = picture;
    this.#holder.dataset.wanted = picture?.sha256 ?? "";
    this.#next();
  }

  boxes(on) {
    this.#holder.classList.toggle("bare", !on);
  }

  redraw() {
    if (this.#shown === null) this.#empty();
    else if (this.#shown) this.#mark(this.#shown);
  }

  async #next() {
    if (this.#busy || this.#wanted === this.#shown) return;
    const picture = this.#wanted;
    if (picture === null) return this.#empty();
    this.#busy = true;
    const image = h("img", { src: this.sources(picture), alt: t("frame.alt") });
    const came = await loaded(image);
    this.#busy = false;
    this.#shown = picture;
    this.#shape(picture.width_px / picture.height_px);
    this.#holder.replaceChildren(came ? image : h("p", {}, t("frame.missing")));
    this.#mark(picture);
    this.#next();
  }

  #empty() {
    this.#shown = null;
    this.#holder.dataset.shown = "";
    this.#shape(16 / 9);
    this.#holder.replaceChildren(h("p", {}, t("replay.no_picture")));
  }

  #shape(ratio) {
    this.#holder.style.aspectRatio = String(ratio);
    this.#holder.style.width = `min(100%, calc(var(--tallest) * ${ratio}))`;
  }

  #mark({ sha256, detections, width_px: width, height_px: height }) {
    this.#holder.dataset.shown = sha256;
    for (const old of this.#holder.querySelectorAll("svg, .tag")) old.remove();
    const outlines = detections.map(({ label, box }) => svg("rect", {
      class: label, x: box.x0_px, y: box.y0_px,
      width: box.x1_px - box.x0_px, height: box.y1_px - box.y0_px,
    }));
    const tags = detections.map(({ label, score, box }) => h("span", {
      className: `tag ${label}${box.y0_px < height * 0.1 ? " inside" : ""}`,
      style: { left: percent(box.x0_px, width), top: percent(box.y0_px, height) },
    }, `${t(`label.${label}`)} ${Math.round(score * 100)}%`));
    this.#holder.append(svg("svg",
      { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      ...outlines), ...tags);
  }
}
