"use strict";
// The selected change, large.
(function (L) {
  const { h, button, fill } = L;

  function place(change) {
    const parts = [
      ["set", change.set],
      ["split", change.split],
      ["IoU", change.iou === undefined ? null : change.iou.toFixed(3)],
      ["size", change.size.toFixed(2)],
    ];
    return h(
      "dl",
      { class: "facts" },
      parts.filter(([, told]) => told !== null && told !== undefined)
        .map(([name, told]) => h("div", {}, h("dt", {}, name), h("dd", {}, L.name(told)))),
    );
  }

  function problems(change, messages) {
    if (!change.issues.length) return null;
    return h(
      "ul",
      { class: "problems", "aria-label": "New problems" },
      change.issues.map((code) => {
        const told = messages(change, code);
        const severity = told ? told.severity : "warning";
        return h("li", { class: `is-${severity}` }, L.icon(severity), h("strong", {}, severity), " ",
          h("code", {}, code), told && [" ", L.name(told.message)]);
      }),
    );
  }

  function comment(change, { decisions, save }) {
    const { comment: text } = decisions.of(change.number);
    const field = h("textarea", {
      id: "comment", rows: "2", maxlength: "10000", disabled: decisions.finished,
      onblur: () => keep(),
      onkeydown(event) {
        if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
          event.stopPropagation();
          field.blur();
        }
      },
    });
    field.value = text;
    function keep() {
      const { comment: now } = decisions.of(change.number);
      if (field.value.trim() !== now) save(change.number, field.value.trim());
    }
    return h("div", { class: "comment" },
      h("label", { for: "comment" }, L.icon("comment"), "Comment"), field,
      h("p", { class: "soft" }, "Kept when you leave the field. It goes into the review's record."));
  }

  function actions(change, { decisions, decide, undo }) {
    const { decision } = decisions.of(change.number);
    const choice = (value, label, key) =>
      button(
        {
          label, key, icon: value, kind: `is-${value}`, id: `do-${value}`,
          "aria-pressed": String(decision === value), disabled: decisions.finished,
        },
        () => decide([change.number], decision === value ? null : value),
      );
    return h("div", { class: "decide", role: "group", "aria-label": "Decision" },
      choice("accept", "Accept", "a"), choice("reject", "Reject", "r"),
      button({ label: "Undo", key: "u", icon: "undo", disabled: decisions.finished }, undo));
  }

  /** Fills `element` with evidence, once it is there and if it is still wanted. */
  function evidence(element, number, backend) {
    const show = (told) => fill(element, L.evidence.large(told));
    const known = backend.peek(number);
    if (known) return show(known);
    fill(element, h("p", { class: "absent" }, "Loading ..."));
    return backend.evidence(number, () => element.isConnected).then(
      (told) => element.isConnected && show(told),
      (error) => element.isConnected && fill(element, h("p", { class: "absent" }, error.message)),
    );
  }

  /** Where one is among the shown, and the way to the neighbours. */
  function steps(at, shown, move) {
    return h("div", { class: "steps group", role: "group", "aria-label": "Go through" },
      button({ label: "Previous", key: "k", icon: "previous", text: "", disabled: at === 0 }, () => move(-1)),
      h("span", { class: "steps-at" }, at === undefined ? "not in this filter" : `${L.number(at + 1)} of ${L.number(shown)}`),
      button({ label: "Next", key: "j", icon: "next", text: "", disabled: at !== undefined && at + 1 >= shown }, () => move(1)));
  }

  const mark = (change, { decisions }) => L.changes.decisionMark(decisions, change.number);

  /** Another element in the place of one; the focus stays on the button that had it. */
  function swap(element, selector, make) {
    const old = element.querySelector(selector);
    const place = [...old.querySelectorAll("button")].indexOf(document.activeElement);
    const made = make();
    old.replaceWith(made);
    if (place >= 0) made.querySelectorAll("button")[place].focus();
  }

  /** `review` is null in a report. */
  L.detail = function (element, change, { backend, at, shown, move, messages, review }) {
    const stage = h("section", { class: "evidence", "aria-label": "Evidence" });
    const state = review && h("span", { class: "detail-state" }, mark(change, review));
    fill(
      element,
      h("header", { class: "detail-head" },
        h("div", { class: "detail-title" },
          h("h2", {}, L.name(L.changes.subject(change))), state,
          change.evaluation && L.changes.evaluationMark()),
        steps(at, shown, move)),
      h("p", { class: "detail-words" }, change.kinds.map(L.changes.badge), " ", L.name(L.changes.words(change))),
      place(change),
      problems(change, messages),
      stage,
      L.fields(change),
      review && comment(change, review),
      review && actions(change, review),
    );
    element.scrollTop = 0;
    evidence(stage, change.number, backend);
  };

  /** Draws anew what a decision or a filter changes of it. */
  function refresh(element, change, { at, shown, move, review }) {
    swap(element, ".steps", () => steps(at, shown, move));
    if (!review) return;
    fill(element.querySelector(".detail-state"), mark(change, review));
    swap(element, ".decide", () => actions(change, review));
    const field = element.querySelector("#comment");
    if (field !== document.activeElement) field.value = review.decisions.of(change.number).comment;
    field.disabled = review.decisions.finished;
  }

  Object.assign(L.detail, { steps, evidence, refresh, swap });
})(window.labelvc);
