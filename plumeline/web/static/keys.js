// The keyboard: one letter an action, listed in the help.
//
//   openKeys(press)   press(event) is called for a key that is meant for the page, not for a field,
//                     a dialog or the browser; true where the page has taken it

const TYPED = "input, select, textarea";

export function openKeys(press) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(TYPED) || document.querySelector("dialog[open]")) return;
    if (press(event)) event.preventDefault();
  });
}

// What the space bar works by itself.
export const ownsSpace = (target) => target.closest("button, a, summary, [role=button]") !== null;
