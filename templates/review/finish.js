"use strict";
// The end of a review: a commit of what was accepted.
(function (L) {
  const { h, button, fill } = L;

  const says = ({ accept, all }, { before, after }) =>
    `Review label changes ${before.rev ?? "before"} -> ${after.rev ?? "after"}\n\n` +
    `Accepted ${accept} of ${L.count(all, "change")}.`;

  function numbers({ accept, reject, open }) {
    const left = reject + open;
    return h("ul", { class: "outcome" },
      h("li", { class: "is-accepted" }, L.icon("accept"), h("span", {}, h("strong", {}, L.number(accept)),
        " accepted: they stay, and go into the commit.")),
      h("li", { class: "is-rejected" }, L.icon("reject"), h("span", {}, h("strong", {}, L.number(reject)),
        " rejected: taken out of the labels.")),
      h("li", { class: "is-open" }, L.icon("open"), h("span", {}, h("strong", {}, L.number(open)),
        " undecided: taken out as well.")),
      left > 0 && h("li", {}, L.icon("notice"), h("span", {},
        "Nothing is lost: what is taken out is left in a patch file, which ", h("code", {}, "labelvc apply"), " puts back.")));
  }

  function result(told) {
    const fact = (name, value) => value !== null && value !== undefined &&
      h("div", {}, h("dt", {}, name), h("dd", {}, h("code", {}, value)));
    return [
      h("p", {}, told.text),
      h("dl", { class: "facts" }, fact("commit", told.commit), fact("patch", told.patch),
        fact("accepted", L.number(told.accepted)), fact("rejected", L.number(told.rejected)),
        fact("undecided", L.number(told.undecided))),
      h("p", { class: "soft" }, "The review is finished. You may close this window."),
    ];
  }

  /** Asks for the message, finishes, and tells what became of it. */
  L.finish = function (data, decisions, backend) {
    if (decisions.finished) return;
    const counts = decisions.counts();
    const field = h("textarea", { id: "message", rows: "4" });
    field.value = says(counts, data.report);
    const failed = h("p", { class: "remark is-error", role: "alert", hidden: true });
    const body = h("div", {}, numbers(counts),
      h("label", { for: "message" }, "Commit message"), field,
      h("p", { class: "soft" }, "Signed as reviewed by ", L.name(data.reviewer || "you"), "."), failed);
    const cancel = button({ label: "Go on reviewing" }, () => element.close());
    const go = button({ label: "Finish and commit", icon: "finish", kind: "is-main" }, async () => {
      if (!field.value.trim()) return void field.focus();
      [go, cancel, field].forEach((one) => (one.disabled = true));
      failed.hidden = true;
      try {
        const told = await backend.finish(field.value);
        decisions.finish();
        fill(element.querySelector("h2"), "Review finished");
        fill(body, result(told));
        fill(element.querySelector(".dialog-actions"), button({ label: "Close", kind: "is-main", autofocus: true }, () => element.close()));
        element.querySelector(".dialog-actions button").focus();
        L.dialogs.banner("");
      } catch (error) {
        [go, cancel, field].forEach((one) => (one.disabled = false));
        failed.hidden = false;
        fill(failed, L.icon("error"), h("span", {}, error.message));
      }
    });
    const element = L.dialogs.dialog("Finish the review", { body, actions: [cancel, go], stays: true });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !go.disabled) element.close();
    });
    go.focus();
  };
})(window.labelvc);
