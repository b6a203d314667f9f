"use strict";
// Runs in the head, before anything is painted: no flash of the other theme.
(function () {
  const L = (window.labelvc = {});
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const KEY = "labelvc-theme";

  // Pages from disk may have no storage: then the choice lasts as long as the page.
  function stored() {
    try {
      return window.localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function store(theme) {
    try {
      window.localStorage.setItem(KEY, theme);
    } catch {
      // nothing to be done, and nothing lost but comfort
    }
  }

  let chosen = stored();

  function show() {
    root.dataset.theme = chosen === "dark" || (chosen !== "light" && dark.matches) ? "dark" : "light";
  }

  L.theme = {
    current: () => root.dataset.theme,
    toggle() {
      chosen = root.dataset.theme === "dark" ? "light" : "dark";
      store(chosen);
      show();
      return chosen;
    },
  };
  dark.addEventListener("change", show);
  show();
})();
