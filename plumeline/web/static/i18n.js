// Two dictionaries, one choice, remembered.

const KEY = "plumeline.language";
const TAGS = { zh: "zh-CN", en: "en" };
const words = {};
let chosen = "zh";

export const language = () => chosen;

export function t(key, values = {}) {
  const text = words[chosen][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// A word of the register's own stays as it is where the dictionary has no other for it.
export const term = (key, own) => words[chosen][key] ?? own;

export async function choose(wanted) {
  if (!words[wanted]) words[wanted] = await (await fetch(`/static/${wanted}.json`)).json();
  chosen = wanted;
  localStorage.setItem(KEY, wanted);
  document.documentElement.lang = TAGS[wanted];
  for (const element of document.querySelectorAll("[data-i18n]")) {
    element.textContent = t(element.dataset.i18n);
  }
}

export function remembered() {
  const kept = localStorage.getItem(KEY);
  if (kept in TAGS) return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}
