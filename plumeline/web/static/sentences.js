// What the readers of logs say of a file, in the language of the page: they write English sentences,
// and sentences.zh.json has each in Chinese, {a} {b} {c} for what stands in it, {n} for a whole
// number. A sentence that is not there stays as it is.
//
//   await readSentences()   once, before the first report
//   inLanguage(text)        "cut inside cue 20; the clock steps back 2 times, ..."

import { language } from "./i18n.js";

const SLOT = /\{([abcn])\}/;
let known = [];

function matching(template) {
  const parts = template.split(SLOT);
  const literal = (part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const slot = (name) => (name === "n" ? "(\\d+)" : "(.*?)");
  const source = parts.map((part, i) => (i % 2 ? slot(part) : literal(part))).join("");
  const said = parts.filter((_, i) => i % 2 === 0).join("");
  return {
    form: new RegExp(`^${source}$`),
    names: parts.filter((_, i) => i % 2),
    length: said.length,
    words: /[a-z]/.test(said), // or only what joins two sentences
  };
}

export async function readSentences() {
  if (known.length) return;
  const sentences = await (await fetch("/static/sentences.zh.json")).json();
  known = Object.entries(sentences).map(([en, zh]) => ({ ...matching(en), zh }))
    .sort((one, other) => other.length - one.length); // who says more comes first
}

export const inLanguage = (text) => (language() === "zh" ? inChinese(text) ?? text : text);

// Undefined where no part of it is known.
function inChinese(text) {
  for (const { form, names, zh, words } of known) {
    const found = form.exec(text);
    if (!found) continue;
    const parts = found.slice(1).map(inChinese);
    if (words || parts.some(Boolean)) {
      return names.reduce((said, name, i) => said.replace(`{${name}}`, () => parts[i] ?? found[i + 1]), zh);
    }
  }
  return undefined;
}
