// Filters that live in the address, for every list: a link shows the same list to somebody else.
//
//   said()                         what the address says now, by name
//   say({ name: value })           changes it; null takes a name away
//   fields(form, list, changed)    list: [{ name, word, type | options | suggest }]; options and
//                                  suggest are [[value, text], ...]
//   ordered({ sort, className }, text, changed)   the head of a column
//   paged(element, { total, offset, size }, changed)   earlier and later, where there is more than one page

import { h } from "./dom.js";
import { t } from "./i18n.js";

export const said = () => Object.fromEntries(new URLSearchParams(location.search));

export function say(changes) {
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") asked.delete(name);
    else asked.set(name, value);
  }
  const query = asked.toString();
  history.replaceState(null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
}

export function fields(form, list, changed) {
  const focused = form.contains(document.activeElement) ? document.activeElement.name : null;
  const now = said();
  form.replaceChildren(...list.map((one) => {
    const field = input(one, now[one.name] ?? "");
    field.onchange = () => {
      say({ [one.name]: valueOf(one, field.value), offset: null });
      changed();
    };
    const choices = one.suggest
      ? h("datalist", { id: `${one.name}-known` }, ...one.suggest.map(([, text]) => h("option", { value: text })))
      : null;
    return h("label", {}, h("span", {}, t(one.word)), field, choices);
  }), cleared(list, changed));
  form.onsubmit = (event) => event.preventDefault();
  if (focused) form.elements[focused]?.focus();
}

function input({ name, type = "text", options, suggest }, value) {
  if (options) {
    return h("select", { name },
      h("option", { value: "" }, t("filter.any")),
      ...options.map(([one, text]) => h("option", { value: one, selected: one === value }, text)));
  }
  const text = suggest?.find(([one]) => one === value)?.[1] ?? value;
  const field = h("input", { name, type, value: text, autocomplete: "off" });
  if (suggest) field.setAttribute("list", `${name}-known`);
  return field;
}

// What is suggested by its name is asked for by its id.
const valueOf = ({ suggest }, value) => suggest?.find(([, text]) => text === value)?.[0] ?? value;

function cleared(list, changed) {
  const now = said();
  const none = !list.some(({ name }) => now[name]);
  return h("button", {
    type: "button", disabled: none,
    onclick: () => {
      say(Object.fromEntries([...list.map(({ name }) => [name, null]), ["offset", null]]));
      changed();
    },
  }, t("filter.clear"));
}

export function paged(element, { total, offset, size }, changed) {
  const to = (place) => h("button", {
    type: "button", disabled: place < 0 || place >= total,
    onclick: () => {
      say({ offset: place || null });
      changed();
    },
  }, t(place < offset ? "page.back" : "page.on"));
  element.hidden = total <= size && !offset;
  element.replaceChildren(to(offset - size),
    h("span", {}, t("page.here", { from: Math.min(offset + 1, total), to: Math.min(offset + size, total), total })),
    to(offset + size));
}

// The head of a column; with { sort }, a button that orders by it, and the other way round next time.
export function ordered({ sort, className = "" }, text, changed) {
  if (!sort) return h("th", { scope: "col", className }, text);
  const now = said();
  const here = (now.sort ?? "time") === sort;
  const rising = here && now.rising === "true";
  const head = h("th", { scope: "col", className }, h("button", {
    type: "button",
    onclick: () => {
      say({ sort, rising: here && !rising ? "true" : null, offset: null });
      changed();
    },
  }, here ? `${text} ${rising ? "\u2191" : "\u2193"}` : text));
  if (here) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
  return head;
}
