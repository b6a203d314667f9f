"use strict";
// Changes as items of the explorer: by what they are filtered, sorted and found, and their rows.
(function (L) {
  const { h } = L;
  const SIGNS = { added: "+", removed: "−" };
  const GLYPHS = {
    box: "image", polygon: "image", mask: "image", keypoints: "image", segment: "audio",
    transcript: "audio", text: "text", span: "text", token: "text", class: "tag",
  };
  const NO_SPLIT = "(no split)";

  const sides = (change) => [change.before, change.after].filter(Boolean);
  const named = (change, field) => [
    ...new Set(sides(change).map((side) => side[field]).filter((one) => one !== undefined && one !== null)),
  ];
  const categories = (change) => named(change, change.what === "category" ? "name" : "category");

  const flip = (from, to) => `${from} → ${to}`;
  const flips = ({ kinds, before, after }) =>
    kinds.includes("relabelled") && before && after ? [flip(before.category ?? "none", after.category ?? "none")] : [];

  function facets(decisions) {
    return [
      { key: "set", label: "Set", of: (change) => [change.set] },
      { key: "kind", label: "Kind", of: (change) => change.kinds },
      { key: "category", label: "Category", of: categories },
      { key: "flip", label: "Flip", of: flips },
      { key: "split", label: "Split", of: (change) => [change.split ?? NO_SPLIT] },
      { key: "annotator", label: "Annotator", of: (change) => named(change, "annotator") },
      { key: "issue", label: "Problem", of: (change) => change.issues },
      ...(decisions
        ? [{ key: "decision", label: "Decision", of: (change) => decisions.words(change.number), changing: true, always: true }]
        : []),
      { key: "evaluation", label: "Evaluation only", of: (change) => (change.evaluation ? ["yes"] : []), flag: true },
      { key: "problems", label: "With problems", of: (change) => (change.issues.length ? ["yes"] : []), flag: true },
    ];
  }

  const sorts = {
    importance: { label: "Importance", by: (change) => change.number },
    size: { label: "Size of change", by: (change) => -change.size },
    sample: { label: "Sample", by: (change) => change.sample || "" },
    category: { label: "Category", by: (change) => categories(change).at(-1) || "" },
  };

  function text(change) {
    const ids = change.id || {};
    return [
      change.sample, ids.before, ids.after, ...categories(change), change.words, ...named(change, "text"),
      ...named(change, "path"), ...named(change, "annotator"),
    ].filter((one) => one !== null && one !== undefined).join("\n");
  }

  const kindClass = (kind) => (SIGNS[kind] ? `is-${kind}` : "is-changed");

  /** What happened, as a badge: sign, word and colour. */
  const badge = (kind) =>
    h("span", { class: `badge ${kindClass(kind)}` }, h("span", { "aria-hidden": "true" }, SIGNS[kind] || "~"), kind);

  const evaluationMark = () =>
    h("span", { class: "flag", title: "Evaluation data: models are scored on it" }, L.icon("flag"), "evaluation");

  /** The icon of the medium that a change belongs to. */
  function glyph(change) {
    if (change.what === "category") return "tag";
    const side = change.after || change.before || {};
    return GLYPHS[side.kind] || "image";
  }

  // Behind the badges: the first of them need not be said twice.
  function words({ kinds, words: told }) {
    return told.startsWith(`${kinds[0]} `) ? told.slice(kinds[0].length + 1) : told;
  }

  const subject = (change) =>
    change.sample === null || change.sample === undefined ? `${change.what} of ${change.set}` : change.sample;

  function decisionMark(decisions, number) {
    const { decision, comment } = decisions.of(number);
    const word = { accept: "accepted", reject: "rejected" }[decision] || "open";
    return h(
      "span",
      { class: `state is-${word}`, title: word },
      L.icon(decision || "open"),
      h("span", { class: "unseen" }, word),
      comment && L.icon("comment"),
    );
  }

  const rowMark = (icon, word, title) =>
    h("span", { class: "row-mark", title }, L.icon(icon), h("span", { class: "unseen" }, word));

  function row(change, { thumb, decisions }) {
    return [
      thumb(change.number, glyph(change)),
      h(
        "div",
        { class: "row-body" },
        h("div", { class: "row-top" }, h("span", { class: "row-subject name" }, subject(change)),
          change.issues.length > 0 && rowMark("warning", "problems", change.issues.join(", ")),
          change.evaluation && rowMark("flag", "evaluation", "Evaluation data"),
          decisions && decisionMark(decisions, change.number)),
        h("div", { class: "row-words" }, change.kinds.slice(0, 2).map(badge),
          change.kinds.length > 2 && h("span", { class: "soft" }, `+${change.kinds.length - 2}`),
          h("span", { class: "name" }, words(change))),
      ),
    ];
  }

  L.changes = {
    facets, sorts, text, row, badge, flip, words, glyph, subject, evaluationMark, decisionMark,
  };
})(window.labelvc);
