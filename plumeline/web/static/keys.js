// The keyboard: one letter an action, listed in the help.

import { press as act } from "./acts.js";
import { byId } from "./dom.js";

const TYPED = "input, select, textarea";
const OWN = "button, a, summary"; // what the space bar works by itself

// step(by) walks the queue.
export function openKeys(step) {
  byId("help-open").onclick = () => byId("help").showModal();
  byId("help").querySelector(".cancel").onclick = () => byId("help").close();
  addEventListener("keydown", (press) => {
    const { key, target } = press;
    if (press.ctrlKey || press.metaKey || press.altKey) return;
    if (target.closest(TYPED) || document.querySelector("dialog[open]")) return;
    if (key === "?") byId("help").showModal();
    if (byId("incidents").hidden) return;
    if (key === "j") step(1);
    if (key === "k") step(-1);
    if (press.repeat) return;
    const inQueue = target.closest("#queue [aria-current]") !== null;
    if (key === " " && target.closest(OWN) && !inQueue) return;
    if (act(key)) press.preventDefault();
  });
}
