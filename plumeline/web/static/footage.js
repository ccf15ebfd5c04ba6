// Footage takes a reason: pictures that the station holds back until somebody has said why.
//
//   await loaded(image)   true once it shows; asks for the reason where that is what it lacks
//   openFootage()         the same for every picture of a page that does not come
// One reason opens all of a page's pictures for half an hour; who says none is not asked again here.

import { Refused, tell } from "./api.js";
import { h } from "./dom.js";
import { translate } from "./i18n.js";

const HELD_BACK = 428;
const BLOBS = "/api/blobs/";

const underway = new WeakMap();
let asking = null;
let declined = false;
let given = 0;

// The page asks for a picture and the browser tells of its failure: one answer for both.
export function loaded(image) {
  if (!underway.has(image)) {
    underway.set(image, brought(image).finally(() => underway.delete(image)));
  }
  return underway.get(image);
}

async function brought(image) {
  const before = given;
  if (await shows(image)) return true;
  if (before === given) {
    const held = !declined && await isHeldBack(image.src);
    if (before === given && !(held && await reason())) return false;
  }
  again(image);
  return shows(image);
}

export function openFootage() {
  document.addEventListener("error", ({ target }) => {
    if (target instanceof HTMLImageElement && target.src.includes(BLOBS)) loaded(target);
  }, true); // such an event does not rise
}

const shows = (image) => image.decode().then(() => true, () => false);

const isHeldBack = (src) => fetch(src).then(({ status }) => status === HELD_BACK, () => false);

function again(image) {
  const { src } = image;
  image.removeAttribute("src");
  image.src = src;
}

// Those beside the one that asked came back empty too.
function others() {
  for (const image of document.images) {
    if (image.complete && image.naturalWidth === 0 && image.src.includes(BLOBS)) again(image);
  }
}

// Several pictures may find out at once: the first asks for all, also for those that come after the answer.
async function reason() {
  if (declined) return false;
  asking ??= open().finally(() => { asking = null; });
  return asking;
}

function open() {
  const why = h("input", { id: "footage-why", required: true, minLength: 2, maxLength: 500, autocomplete: "off" });
  const wrong = h("p", { role: "alert" });
  const cancel = h("button", { className: "cancel", type: "button" },
    h("span", { data: { i18n: "cancel" } }), h("kbd", {}, "Esc"));
  const form = h("form", {},
    h("label", {}, h("span", { data: { i18n: "footage.why" } }), why),
    h("p", { className: "quiet", data: { i18n: "footage.kept" } }), wrong,
    h("p", {}, cancel, h("button", { className: "verb acknowledge", data: { i18n: "footage.open" } })));
  const dialog = h("dialog", { id: "footage" },
    h("h2", { id: "footage-title", data: { i18n: "footage.title" } }), form);
  dialog.setAttribute("aria-labelledby", "footage-title");
  document.body.append(dialog);
  translate(dialog);
  dialog.showModal();
  return new Promise((done) => {
    let granted = false;
    cancel.onclick = () => dialog.close();
    dialog.onclose = () => {
      dialog.remove();
      declined = !granted;
      done(granted);
    };
    form.onsubmit = async (submit) => {
      submit.preventDefault();
      try {
        await tell("/api/viewings", { reason: why.value.trim() });
        granted = true;
        given += 1;
        dialog.close();
        others();
      } catch (refused) {
        if (!(refused instanceof Refused)) throw refused;
        wrong.textContent = refused.message;
      }
    };
  });
}
