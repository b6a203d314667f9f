"use strict";
// Dialogs, short messages, and the banner.
(function (L) {
  const { h, button, fill, byId } = L;
  let opened = 0;

  /** A modal dialog; Escape closes it unless `stays`. Focus goes back to where it came from. */
  function dialog(title, { body, actions = [], stays = false, wide = false }) {
    opened += 1;
    const id = `dialog-${opened}`;
    const came = document.activeElement;
    const element = h(
      "dialog",
      { class: `dialog ${wide ? "is-wide" : ""}`, "aria-labelledby": id },
      h("h2", { id }, title),
      h("div", { class: "dialog-body" }, body),
      h("div", { class: "dialog-actions" }, actions),
    );
    element.addEventListener("cancel", (event) => stays && event.preventDefault());
    element.addEventListener("click", (event) => {
      if (event.target === element && !stays) element.close(); // the space around it
    });
    element.addEventListener("close", () => {
      element.remove();
      if (came instanceof HTMLElement) came.focus({ preventScroll: true });
    });
    document.body.append(element);
    element.showModal();
    return element;
  }

  /** Asks; resolves to whether it was confirmed. */
  function confirm(title, { body, action, kind = "is-main" }) {
    return new Promise((answer) => {
      let confirmed = false;
      const close = (value) => () => {
        confirmed = value;
        element.close();
      };
      const element = dialog(title, {
        body,
        actions: [
          button({ label: "Cancel" }, close(false)),
          button({ label: action, kind: `is-sure ${kind}`, autofocus: true }, close(true)),
        ],
      });
      element.addEventListener("close", () => answer(confirmed));
    });
  }

  /** A message that goes by itself; an error is said at once and stays longer. */
  function toast(text, { error = false } = {}) {
    const close = () => element.remove();
    const element = h(
      "div",
      { class: `toast ${error ? "is-error" : ""}`, role: error ? "alert" : "status" },
      L.icon(error ? "error" : "notice"),
      h("span", {}, text),
      button({ label: "Close this message", icon: "reject", text: "", kind: "is-plain" }, close),
    );
    byId("toasts").append(element);
    window.setTimeout(close, error ? 12000 : 4000);
  }

  function banner(text) {
    const element = byId("banner");
    element.hidden = !text;
    fill(element, text && [L.icon("error"), h("span", {}, text)]);
  }

  L.dialogs = { dialog, confirm, toast, banner, isOpen: () => Boolean(document.querySelector("dialog[open]")) };
})(window.labelvc);
