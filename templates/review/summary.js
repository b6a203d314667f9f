"use strict";
// The head of the page: what changed as a whole.
(function (L) {
  const { h, byId, fill } = L;

  const revision = ({ rev, commit }) =>
    h("span", { class: "revision" }, L.name(rev ?? "working tree"),
      commit && !(rev && commit.startsWith(rev)) && h("code", { title: commit }, commit.slice(0, 10)));

  function verdict({ level, text }) {
    const words = { none: "Nothing to look at", notice: "For your notice", warning: "Worth a close look", error: "Has errors" };
    return h("div", { class: `verdict is-${level}` }, L.icon(level),
      h("p", {}, h("strong", {}, words[level]), " ", text));
  }

  function tile(value, label, { filters = null, kind = "", show }) {
    const inside = [h("strong", { class: "tile-value" }, L.number(value)), h("span", { class: "tile-label" }, label)];
    return filters && value > 0
      ? h("button", { type: "button", class: `tile ${kind}`, onclick: () => show(filters) }, inside)
      : h("div", { class: `tile ${value > 0 ? kind : ""}` }, inside);
  }

  function tiles(report, show) {
    const labels = report.sets.reduce((sum, set) => sum + set.counts.changed, 0);
    const evaluated = report.changes.filter((change) => change.evaluation).length;
    const flips = new Set(report.scores.models.filter((one) => one.flips.length).map((one) => one.model)).size;
    const errors = report.issues.new.some((issue) => issue.severity === "error");
    return h("div", { class: "tiles" },
      tile(labels, "labels changed", { filters: {}, show }),
      tile(evaluated, "in evaluation data", { filters: { evaluation: ["yes"] }, kind: "is-changed", show }),
      tile(report.issues.new.length, "new problems", {
        filters: report.changes.some((change) => change.issues.length) ? { problems: ["yes"] } : null,
        kind: errors ? "is-removed" : "is-changed", show,
      }),
      tile(flips, "models change rank", { kind: "is-changed", show }));
  }

  function unchanged(names) {
    if (!names.length) return null;
    return h("p", { class: "soft" }, "Unchanged: ", names.map((name, at) => [at > 0 && ", ", L.name(name)]));
  }

  /** `show(filters)` and `select(number)` lead to the changes. */
  L.summary = function (data, { show, select, thumb }) {
    const { report } = data;
    const body = h("div", { class: "summary-body" },
      tiles(report, show),
      L.sets(report.sets, show),
      unchanged(report.unchanged || []),
      L.scores(report.scores),
      L.findings.problems(report.issues, report.changes, show),
      L.findings.highlights(report.highlights, report.changes, thumb, select),
      L.findings.pointers(report.pointers));
    const isReview = data.mode === "review";
    const fold = h("button", {
      type: "button", class: "button", "aria-expanded": "true",
      onclick: () => {
        body.hidden = !body.hidden;
        fold.setAttribute("aria-expanded", String(!body.hidden));
        fill(fold, body.hidden ? "Show the summary" : "Hide the summary");
      },
    }, "Hide the summary");
    fill(byId("summary"),
      h("div", { class: "hero" },
        h("h1", {}, revision(report.before), h("span", { class: "arrow" }, h("span", { "aria-hidden": "true" }, "→"),
          h("span", { class: "unseen" }, "to")), revision(report.after)),
        isReview && fold),
      verdict(report.verdict), body);
    if (isReview) fold.click(); // a reviewer is here for the changes
  };
})(window.labelvc);
