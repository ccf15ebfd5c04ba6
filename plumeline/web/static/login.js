// Signing in. A link of `plumeline demo` brings login and password behind the #, which no server sees.

import { refused } from "./api.js";
import { byId } from "./dom.js";
import { choose, language, remembered, t } from "./i18n.js";

const KNOWN = "plumeline.in";

// Only to a page of this site.
function goal() {
  const to = new URLSearchParams(location.search).get("to") ?? "/";
  return new URL(to, location.origin).origin === location.origin ? to : "/";
}

function enter() {
  localStorage.setItem(KNOWN, "1");
  location.replace(goal());
}

function refuse(text) {
  byId("login-refused").textContent = text;
}

async function signIn() {
  refuse("");
  const answer = await fetch("/api/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Plumeline": "1" },
    body: JSON.stringify({
      login: byId("login-name").value, password: byId("login-password").value,
    }),
  });
  if (answer.ok) enter();
  else refuse((await refused(answer)).message);
}

function begin() {
  signIn().catch(() => refuse(t("act.unreachable")));
}

// A link from elsewhere does not bring the session's cookie along; this page's own question does.
async function alreadyIn() {
  if (!localStorage.getItem(KNOWN)) return false;
  localStorage.removeItem(KNOWN);
  return (await fetch("/api/me")).ok;
}

await choose(remembered());
byId("language").onclick = () => {
  refuse("");
  choose(language() === "zh" ? "en" : "zh");
};
byId("login").onsubmit = (submit) => {
  submit.preventDefault();
  begin();
};
const [name, password] = decodeURIComponent(location.hash.slice(1)).split(":");
if (password) {
  history.replaceState(null, "", location.pathname + location.search);
  byId("login-name").value = name;
  byId("login-password").value = password;
  begin();
} else if (await alreadyIn()) {
  enter();
}
document.documentElement.dataset.ready = "";
