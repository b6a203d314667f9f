"use strict";
// The keyboard, and the help that tells of it.
(function (L) {
  const { h } = L;
  const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  const PRESSED = "button, a, summary, input, [role=slider]"; // have Enter, space and arrows themselves

  /** `bindings`: `{keys, label, run}`; a key is a `KeyboardEvent.key`. */
  L.keys = function (bindings) {
    const byKey = new Map(bindings.flatMap((one) => one.keys.map((key) => [key, one])));
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (L.dialogs.isOpen()) return;
      const target = event.target;
      if (target.matches(TYPING)) {
        if (event.key === "Escape") target.blur();
        return;
      }
      if (event.key.length > 1 || event.key === " ") {
        if (target.closest(PRESSED) || target.closest(".panel")) return;
      }
      const binding = byKey.get(event.key);
      if (!binding) return;
      event.preventDefault();
      binding.run();
    });
  };

  const NAMES = { " ": "space", ArrowDown: "↓", ArrowUp: "↑" };

  L.keys.help = function (bindings) {
    const close = L.button({ label: "Close", kind: "is-main" }, () => element.close());
    const element = L.dialogs.dialog("Keyboard", {
      body: h("table", { class: "keys" },
        h("caption", { class: "unseen" }, "Keys and what they do"),
        h("tbody", {}, bindings.map(({ keys, label }) =>
          h("tr", {}, h("th", { scope: "row" }, keys.map((key) => [h("kbd", {}, NAMES[key] || key), " "])), h("td", {}, label))))),
      actions: [close],
    });
  };
})(window.labelvc);
