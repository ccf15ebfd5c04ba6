// Planning: patrols on the map, people for a year, joint visits of several departments.

import { byId } from "./dom.js";
import { openJoint } from "./planjoint.js";
import { openPatrols } from "./planpatrol.js";
import { openStaffing } from "./planstaff.js";
import { openShell } from "./shell.js";

const PARTS = ["patrols", "staffing", "joint"];
let parts = [];

function show() {
  const named = location.hash.slice(1);
  const chosen = PARTS.includes(named) ? named : PARTS[0];
  for (const name of PARTS) byId(name).hidden = name !== chosen;
  for (const link of byId("parts").children) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const part of parts) part.shown?.();
}

await openShell({ view: "plan", redraw: () => parts.forEach((part) => part.redraw()), notes: ["plan.help"] });
show();
parts = [await openPatrols(), openStaffing(), openJoint()];
addEventListener("hashchange", show);
show();
document.documentElement.dataset.ready = "";
