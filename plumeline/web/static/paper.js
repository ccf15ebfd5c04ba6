// The printed report: its one button, and the reason that its pictures may lack.

import { loaded } from "./footage.js";
import { choose } from "./i18n.js";

document.getElementById("print").onclick = () => print();
await choose(document.documentElement.lang === "en" ? "en" : "zh");
for (const image of document.images) await loaded(image);
