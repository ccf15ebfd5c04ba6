// Text to take along.
//
//   await copied(text)   whether it is in the clipboard now

import { h } from "./dom.js";

// The clipboard interface exists on https and localhost only; a station's server may be neither.
export async function copied(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const field = h("textarea", { value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
