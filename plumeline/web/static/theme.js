// Before the first paint, so no module: the colours this browser was left in, dark at first.
document.documentElement.dataset.theme =
  localStorage.getItem("plumeline.theme") === "light" ? "light" : "dark";
