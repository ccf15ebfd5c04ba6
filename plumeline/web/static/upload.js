// The view that takes files: a place to drop them, how far each is, what was read before.

import { h, byId } from "./dom.js";
import { language, t } from "./i18n.js";
import { drawReport, headOf } from "./report.js";
import { Sending, earlier } from "./send.js";
import { readSentences } from "./sentences.js";
import { openShell } from "./shell.js";

const rows = new Map(); // by sending, in the order they were added
let busy = false;
let reports = [];
let none = "upload.none";

function openUploads() {
  byId("choose-files").onclick = () => byId("files").click();
  byId("choose-folder").onclick = () => byId("folder").click();
  for (const id of ["files", "folder"]) {
    byId(id).onchange = ({ target }) => {
      add([...target.files].map((file) => [file, file.webkitRelativePath || file.name]));
      target.value = "";
    };
  }
  // A file that misses the zone must not make the browser leave the page.
  addEventListener("dragover", (drag) => {
    drag.preventDefault();
    byId("drop").classList.toggle("over", drag.target.closest?.("#drop") !== null);
  });
  addEventListener("drop", async (drop) => {
    drop.preventDefault();
    byId("drop").classList.remove("over");
    add(await filesOf(drop.dataTransfer));
  });
  // Leaving would cut off what is on its way; it goes on when the file is brought again.
  addEventListener("beforeunload", (leaving) => { if (busy) leaving.preventDefault(); });
}

async function loadUploads() {
  try {
    reports = await earlier();
    none = "upload.none";
  } catch (problem) {
    none = problem.status === 404 ? "upload.off" : "upload.unknown";
  }
  drawEarlier();
}

function drawUploads() {
  for (const row of rows.values()) row.draw();
  drawEarlier();
}

async function filesOf(transfer) {
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found = [];
  for (const item of items) {
    if (item instanceof File) found.push([item, item.name]);
    else if (item) await walk(item, found);
  }
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    found.push([file, entry.fullPath.replace(/^\//, "")]);
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a folder is told in portions
    const portion = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!portion.length) return;
    for (const inner of portion) await walk(inner, found);
  }
}

// What an operating system leaves on a card is no log.
const isHidden = (name) => name.split("/").some((part) => part.startsWith("."));

// A video's telemetry may lie beside it, and must be there first.
const isVideo = (name) => /\.(mp4|mov|ts)$/i.test(name);
const inOrder = (files) => [
  ...files.filter(([, name]) => !isVideo(name)), ...files.filter(([, name]) => isVideo(name))];

function add(files) {
  const wanted = files.filter(([, name]) => !isHidden(name));
  const added = inOrder(wanted).map(([file, name]) => {
    const sending = new Sending(file, name, () => rows.get(sending)?.draw());
    rows.set(sending, new Row(sending));
    return rows.get(sending).element;
  }).reverse();
  byId("sendings").prepend(...added);
  work();
}

// One file after the other, so that the first is known soonest; the station reads meanwhile.
async function work() {
  if (busy) return;
  busy = true;
  let next;
  while ((next = [...rows.keys()].find(({ stage }) => stage === "queued"))) {
    await next.deliver();
    follow(next);
  }
  busy = false;
}

async function follow(sending) {
  await sending.follow();
  if (sending.stage !== "done") return;
  await loadUploads();
  rows.get(sending)?.draw();
}

// Its elements stay, so that a button keeps the focus while the numbers run.
class Row {
  #sending;
  #word = h("span", { className: "badge" });
  #bar = h("progress", { max: 1 });
  #note = h("p", { className: "quiet" });
  #report = h("div", {});
  #buttons;
  #name;

  constructor(sending) {
    this.#sending = sending;
    const button = (key, onclick) => h("button", { type: "button", onclick, data: { key } });
    this.#name = h("strong", {}, sending.name);
    this.#buttons = {
      pause: button("send.pause", () => sending.halt()),
      resume: button("send.resume", () => { sending.stage = "queued"; this.draw(); work(); }),
      remove: button("send.remove", () => this.#remove()),
    };
    this.#bar.ariaLabel = sending.name;
    this.element = h("li", { className: "sending" },
      h("div", { className: "line" }, this.#name, this.#word, h("span", { className: "buttons" },
        ...Object.values(this.#buttons))),
      this.#bar, this.#note, this.#report);
    this.draw();
  }

  draw() {
    const { stage, file, offset, share, report } = this.#sending;
    this.element.dataset.stage = stage;
    this.#word.textContent = t(`send.${stage}`);
    this.#bar.hidden = stage === "done" || stage === "failed";
    if (["hashing", "waiting"].includes(stage)) this.#bar.removeAttribute("value");
    else this.#bar.value = stage === "reading" ? share : offset / Math.max(file.size, 1);
    this.#note.textContent = this.#noteText();
    this.#note.hidden = !this.#note.textContent;
    this.#buttons.pause.hidden = !["hashing", "sending", "retrying"].includes(stage);
    this.#buttons.resume.hidden = !["paused", "failed"].includes(stage);
    this.#buttons.remove.hidden = ["waiting", "reading"].includes(stage);
    for (const one of Object.values(this.#buttons)) one.textContent = t(one.dataset.key);
    if (report) {
      this.#name.hidden = this.#word.hidden = true;
      const open = this.#report.firstElementChild?.open ?? (rows.size < 2 || report.status === "refused");
      this.#report.replaceChildren(card(report, { open }));
    }
  }

  #noteText() {
    const { stage, file, offset, error } = this.#sending;
    if (error) return error;
    if (stage === "retrying") return t("send.cut", { sent: size(offset), size: size(file.size) });
    if (!["sending", "paused"].includes(stage)) return "";
    return t("send.sent", { sent: size(offset), size: size(file.size) });
  }

  #remove() {
    if (this.#sending.stage !== "done") this.#sending.abandon();
    rows.delete(this.#sending);
    this.element.remove();
    byId("choose-files").focus();
  }
}

function size(bytes) {
  const [unit, divisor] = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const format = new Intl.NumberFormat(language(), {
    style: "unit", unit, maximumFractionDigits: 1,
  });
  return format.format(bytes / divisor);
}

function card(report, { open }) {
  return h("details", { className: "report", open },
    h("summary", {}, ...headOf(report)),
    drawReport(report, { replayed: reports.some(({ sha256 }) => sha256 === report.sha256) }));
}

function drawEarlier() {
  const list = byId("earlier");
  const opened = new Set([...list.querySelectorAll("details[open]")].map(({ dataset }) => dataset.sha256));
  list.replaceChildren(...reports.map((report) => {
    const element = card(report, { open: opened.has(report.sha256) });
    element.dataset.sha256 = report.sha256;
    return h("li", {}, element);
  }));
  byId("earlier-none").textContent = reports.length ? "" : t(none);
}

await readSentences();
await openShell({ view: "upload", redraw: drawUploads });
openUploads();
await loadUploads();
document.documentElement.dataset.ready = "";
