// Two dictionaries, one choice, remembered.
//
//   t(key, values)    the words of a key in the chosen language, its {slots} filled; {state.of} is
//                     the word for values.of, a state: that of the key state.VALUE, or the value itself
//   term(key, own)    the same for a word of the register, which may have none
//   refusal(told)     why the station will not: { error, code, facts } in the chosen language, or in the
//                     station's own words where the code has none here
//   language()        "zh" or "en"
// Elements with data-i18n get their text by themselves, those with data-i18n-label their name.

const KEY = "plumeline.language";
const TAGS = { zh: "zh-CN", en: "en" };
const words = {};
let chosen = "zh";

export const language = () => chosen;

export function t(key, values = {}) {
  const text = words[chosen][key] ?? key;
  return text.replace(/\{(?:([\w.]+)\.)?(\w+)\}/g,
    (_, kind, name) => (kind ? term(`${kind}.${values[name]}`, values[name]) : values[name]));
}

// A word of the register's own stays as it is where the dictionary has no other for it.
export const term = (key, own) => words[chosen][key] ?? own;

export function refusal({ error, code, facts }) {
  const key = `refusal.${code}`;
  return key in words[chosen] ? t(key, facts) : error;
}

export async function choose(wanted) {
  if (!words[wanted]) words[wanted] = await (await fetch(`/static/${wanted}.json`)).json();
  chosen = wanted;
  localStorage.setItem(KEY, wanted);
  document.documentElement.lang = TAGS[wanted];
  translate(document);
}

export function translate(tree) {
  for (const element of tree.querySelectorAll("[data-i18n]")) {
    element.textContent = t(element.dataset.i18n);
  }
  for (const element of tree.querySelectorAll("[data-i18n-label]")) {
    element.title = element.ariaLabel = t(element.dataset.i18nLabel);
  }
}

export function remembered() {
  const kept = localStorage.getItem(KEY);
  if (kept in TAGS) return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}
