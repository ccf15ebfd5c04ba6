// Pictures for what words would be too long for; whoever uses one gives it a name in words.
//
//   icon(name)           a tool's picture
//   labelIcon(label)     fire is a triangle, smoke a cloud: the shape says it too
//   severityIcon(level)  four bars, as many of them full as it is severe

import { svg } from "./dom.js";

const TOOLS = {
  brand: ["M8 15V8", "M8 8a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7Z"],
  sound: ["M1 6h3l4-4v12l-4-4H1z", "M10.5 5a4 4 0 0 1 0 6M12.5 3a7 7 0 0 1 0 10", "m10.5 5.5 4 5m0-5-4 5"],
  theme: ["M8 1.5a6.5 6.5 0 1 0 0 13Z", "M8 1.5a6.5 6.5 0 1 1 0 13"],
  wall: ["M1.5 6V1.5H6M10 1.5h4.5V6M14.5 10v4.5H10M6 14.5H1.5V10"],
  play: ["M4 2.5v11l9-5.5Z"],
  pause: ["M4 2.5v11M11 2.5v11"],
  frame_back: ["M11 3 5 8l6 5Z", "M3.5 3v10"],
  frame_on: ["m5 3 6 5-6 5Z", "M12.5 3v10"],
  account: ["M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z", "M2 14.5a6 6 0 0 1 12 0Z"],
};
const LABELS = {
  fire: "M8 1 15 14H1Z",
  smoke: "M5 13a4 4 0 0 1-.6-7.9 4.5 4.5 0 0 1 8.4 1.2A3.4 3.4 0 0 1 12 13Z",
};

const drawn = (className, ...shapes) => svg("svg",
  { viewBox: "0 0 16 16", class: `icon ${className}`, "aria-hidden": "true" }, ...shapes);

export const icon = (name) =>
  drawn(`tool ${name}`, ...TOOLS[name].map((d) => svg("path", { d })));

export const labelIcon = (label) => drawn(label, svg("path", { d: LABELS[label] }));

export function severityIcon(severity) {
  return drawn("bars", ...[1, 2, 3, 4].map((level) => svg("rect", {
    x: 4 * level - 4, y: 14 - 3 * level, width: 3, height: 3 * level,
    class: level <= severity ? "full" : "empty",
  })));
}
