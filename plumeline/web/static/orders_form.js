// A dialog made of the fields that are asked for, sent when it is confirmed; refusals stay in it.
//
//   askFields(title, fields, path, body, done)
//     fields  [{ name, word, type, choices, long, pictures, offered, optional }]; a name "five.money" nests;
//             offered are pictures of the record to choose from, the first ticked; kept: all come along
//     path    where it is sent; or a function that sends it
//     body    what is sent along with them
//     done    (answer) => void

import { Refused, refused, tell } from "./api.js";
import { h } from "./dom.js";
import { t, translate } from "./i18n.js";

const FREE = ["place_id", "address", "text"];

export function askFields(title, fields, path, body, done) {
  const inputs = fields.map((field) => [field, input(field)]);
  const wrong = h("p", { className: "warned", role: "alert" });
  const cancel = h("button", { className: "cancel", type: "button" },
    h("span", { data: { i18n: "cancel" } }), h("kbd", {}, "Esc"));
  const send = h("button", { className: "verb acknowledge" }, title);
  const form = h("form", {},
    ...inputs.map(([{ word, optional, offered }, element]) => h(offered?.length ? "fieldset" : "label", {},
      h("span", {}, t(word), optional ? h("span", { className: "quiet" }, ` (${t("orders.optional")})`) : ""), element)),
    wrong, h("p", {}, cancel, send));
  const dialog = h("dialog", { className: "do" }, h("h2", {}, title), form);
  dialog.onclose = () => dialog.remove();
  cancel.onclick = () => dialog.close();
  form.onsubmit = async (submit) => {
    submit.preventDefault();
    send.disabled = true;
    wrong.textContent = "";
    try {
      const said = { ...body, ...await values(inputs) };
      const answer = await (path instanceof Function ? path(said) : tell(path, said));
      dialog.close();
      await done(answer);
      document.querySelector("main [tabindex='-1']")?.focus();
    } catch (problem) {
      wrong.textContent = problem instanceof Refused
        ? t("act.refused", { why: problem.message }) : t("act.unreachable");
    } finally {
      send.disabled = false;
    }
  };
  document.body.append(dialog);
  translate(dialog);
  dialog.showModal();
}

function input({ type = "text", choices, long, pictures, offered = [], kept = false, optional, needed, name, value }) {
  const required = needed || (!optional && !FREE.includes(name));
  if (choices) {
    return h("select", { required: !optional }, ...choices.map(([one, word]) =>
      h("option", { value: one, selected: one === value }, word)));
  }
  if (pictures) {
    return h("div", { className: "offered" },
      ...offered.map((sha256, i) => h("label", {},
        h("input", { type: "checkbox", value: sha256, checked: kept || i === 0, disabled: kept }),
        h("img", { src: `/api/blobs/${sha256}`, alt: t("orders.picture") }))),
      h("input", { type: "file", accept: "image/jpeg", multiple: true }));
  }
  if (long) return h("textarea", { rows: 2, maxLength: 2000, required, value: value ?? "" });
  return h("input", { type, required, value: value ?? "", min: type === "number" ? "1" : "", autocomplete: "off" });
}

async function values(inputs) {
  const said = {};
  for (const [{ name, type, pictures, choices }, element] of inputs) {
    const value = pictures ? await chosen(element) : element.value.trim();
    if (!choices && value.length === 0) continue;
    const [outer, inner] = name.split(".");
    const own = type === "number" ? Number(value) : value;
    if (inner) said[outer] = { ...said[outer], [inner]: own };
    else said[outer] = own;
  }
  return said;
}

async function chosen(element) {
  const ticked = [...element.querySelectorAll(":checked")].map(({ value }) => value);
  return [...ticked, ...await sent(element.querySelector("[type=file]").files)];
}

async function sent(files) {
  const names = [];
  for (const file of files) {
    const answer = await fetch("/api/orders/pictures", {
      method: "POST", headers: { "X-Plumeline": "1" }, body: file,
    });
    if (!answer.ok) throw await refused(answer);
    names.push((await answer.json()).sha256);
  }
  return names;
}
