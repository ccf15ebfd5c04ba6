// Elements from data. Text only ever becomes a text node, so no string can become markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { data = {}, style = {}, ...rest } = properties;
  Object.assign(element, rest);
  Object.assign(element.dataset, data);
  Object.assign(element.style, style);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SHAPES = {
  fire: "M8 1 15 14H1Z",
  smoke: "M5 13a4 4 0 0 1-.6-7.9 4.5 4.5 0 0 1 8.4 1.2A3.4 3.4 0 0 1 12 13Z",
};

// Four bars, as many of them full as it is severe.
export function severityIcon(severity) {
  const bars = [1, 2, 3, 4].map((level) => svg("rect", {
    x: 4 * level - 4, y: 14 - 3 * level, width: 3, height: 3 * level,
    class: level <= severity ? "full" : "empty",
  }));
  return svg("svg", { viewBox: "0 0 16 16", class: "icon bars", "aria-hidden": "true" }, ...bars);
}

export function labelIcon(label) {
  return svg("svg", { viewBox: "0 0 16 16", class: `icon ${label}`, "aria-hidden": "true" },
    svg("path", { d: SHAPES[label] }));
}
