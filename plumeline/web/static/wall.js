// The wall: the whole screen for the worst that waits, large, without what only a person at a desk
// needs. A kiosk opens the page as /?wall.
//
//   openWall(changed)   works the button; changed() after it was switched
//   switchWall()        the same by key
//   atWall()            whether this is one: it shows the head of the queue, whoever chose what

import { byId } from "./dom.js";
import { icon } from "./icons.js";

let onChange = () => {};

export const atWall = () => "wall" in document.documentElement.dataset;

export function openWall(changed) {
  onChange = changed;
  byId("wall").append(icon("wall"));
  byId("wall").onclick = switchWall;
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && atWall()) set(false);
  });
  if (new URLSearchParams(location.search).has("wall")) set(true);
}

export function switchWall() {
  if (atWall()) {
    if (document.fullscreenElement) document.exitFullscreen();
    set(false);
  } else {
    document.documentElement.requestFullscreen?.().catch(() => {}); // a kiosk fills the screen already
    set(true);
  }
  return true;
}

function set(on) {
  if (on) document.documentElement.dataset.wall = "";
  else delete document.documentElement.dataset.wall;
  onChange();
}
