// Elements from data. Text only ever becomes a text node, so no string can become markup.
//
//   byId(id)                            the element of this name
//   h(tag, properties, ...children)     an element; `data` and `style` are tables of their own
//   svg(tag, attributes, ...children)   the same of a drawing

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
