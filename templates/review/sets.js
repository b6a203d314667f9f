"use strict";
// What changed in each label set: counts, splits, flips, categories.
(function (L) {
  const { h, svg, button } = L;
  const OPEN_SETS = 3; // unfolded at first
  const MATRIX = 12; // categories that still make a matrix
  const LISTED = 12;
  const KINDS = [
    ["added", "added"], ["removed", "removed"], ["relabelled", "relabelled"], ["moved", "moved"],
    ["reshaped", "reshaped"], ["retimed", "retimed"], ["edited", "edited"], ["verdict", "verdict"],
    ["attributes", "attributes"], ["annotator", "annotator"], ["confidence", "confidence"],
  ];
  const SIGNS = { added: "+", removed: "−" };

  const signed = (value) => (value > 0 ? `+${L.number(value)}` : value < 0 ? `−${L.number(-value)}` : "0");
  const direction = (value) => (value > 0 ? "is-added" : value < 0 ? "is-removed" : "");

  /** A list of which the rest comes on demand. */
  function folded(rows, draw, noun) {
    const body = h("tbody", {}, rows.slice(0, LISTED).map(draw));
    const more = rows.length > LISTED && button(
      { label: `Show all ${L.number(rows.length)} ${noun}`, kind: "is-plain" },
      () => {
        body.append(...rows.slice(LISTED).map(draw));
        more.remove();
      },
    );
    return { body, more };
  }

  // samples_resplit: "1 sample resplit", "2 samples resplit"
  function other(key, value) {
    const [noun, what] = key.split("_");
    return `${value === 1 ? noun.replace(/ies$/, "y").replace(/s$/, "") : noun} ${what}`;
  }

  function kinds(set, show) {
    const there = KINDS.filter(([key]) => set.counts[key]);
    const others = Object.entries(set.counts).filter(([key, value]) => value && /^(samples|categories)_/.test(key));
    if (!there.length && !others.length) return h("p", { class: "soft" }, "No labels changed.");
    return h("div", { class: "kinds" },
      there.map(([key, kind]) =>
        h("button", {
          type: "button", class: `kind ${SIGNS[key] ? `is-${key}` : "is-changed"}`,
          title: `Show what is ${kind}`, onclick: () => show({ set: [set.name], kind: [kind] }),
        }, h("strong", {}, SIGNS[key] || "~", L.number(set.counts[key])), " ", kind)),
      others.map(([key, value]) => h("span", { class: "kind is-other" },
        h("strong", {}, L.number(value)), " ", other(key, value))));
  }

  function splits(set, show) {
    if (!set.splits.length) return null;
    const rows = [...set.splits].sort((a, b) => b.evaluation - a.evaluation);
    const counted = KINDS.filter(([key]) => rows.some((row) => row.counts[key])).slice(0, 4);
    const isEvaluated = rows.some((row) => row.evaluation && row.counts.changed);
    return h("section", { class: "block" },
      h("h4", {}, "By split"),
      isEvaluated && h("p", { class: "remark is-warning" }, L.icon("flag"),
        h("span", {}, "Changed test labels change the benchmark itself: scores before and after cannot be compared as they are.")),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Changes by split" },
        h("table", { class: "numbers" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Split"), h("th", { scope: "col" }, "Changed"),
            counted.map(([, kind]) => h("th", { scope: "col" }, kind)))),
          h("tbody", {}, rows.map((row) =>
            h("tr", { class: row.evaluation ? "is-evaluation" : "" },
              h("th", { scope: "row" },
                h("button", { type: "button", class: "link", onclick: () => show({ set: [set.name], split: [row.split ?? "(no split)"] }) },
                  L.name(row.split ?? "(no split)")),
                row.evaluation && L.changes.evaluationMark()),
              h("td", {}, L.number(row.counts.changed)),
              counted.map(([key]) => h("td", {}, L.number(row.counts[key] || 0)))))))));
  }

  function matrix(set, show) {
    const names = [...new Set(set.flips.flatMap((flip) => [flip.from, flip.to]))].sort(L.filters.compare);
    const cells = new Map(set.flips.map((flip) => [`${names.indexOf(flip.from)} ${names.indexOf(flip.to)}`, flip.count]));
    const most = Math.max(...cells.values());
    const cell = (from, to) => {
      const value = cells.get(`${names.indexOf(from)} ${names.indexOf(to)}`);
      if (!value) return h("td", { class: from === to ? "is-same" : "" }, from === to ? "" : h("span", { class: "zero" }, "·"));
      const made = h("button", {
        type: "button", "aria-label": `${value} from ${from} to ${to}`,
        onclick: () => show({ set: [set.name], flip: [L.changes.flip(from, to)] }),
      }, L.number(value));
      made.style.setProperty("--heat", `${Math.round(12 + (38 * value) / most)}%`);
      return h("td", { class: "heat" }, made);
    };
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Flips matrix" },
      h("table", { class: "matrix" },
        h("thead", {}, h("tr", {}, h("td", { class: "corner" }, "from ↓ to →"),
          names.map((name) => h("th", { scope: "col" }, L.name(name))))),
        h("tbody", {}, names.map((from) =>
          h("tr", {}, h("th", { scope: "row" }, L.name(from)), names.map((to) => cell(from, to)))))));
  }

  function flipList(set, show) {
    const most = Math.max(...set.flips.map((flip) => flip.count));
    const { body, more } = folded(
      [...set.flips].sort((a, b) => b.count - a.count),
      (flip) =>
        h("tr", {},
          h("th", { scope: "row" }, h("button", {
            type: "button", class: "link",
            onclick: () => show({ set: [set.name], flip: [L.changes.flip(flip.from, flip.to)] }),
          }, L.name(flip.from), " → ", L.name(flip.to))),
          h("td", { class: "bar-cell" }, bar([[flip.count / most, "is-changed"]])),
          h("td", {}, L.number(flip.count))),
      "flips",
    );
    return [h("table", { class: "numbers" }, h("caption", { class: "unseen" }, "Flips, most frequent first"), body), more];
  }

  function flips(set, show) {
    if (!set.flips.length) return null;
    const names = new Set(set.flips.flatMap((flip) => [flip.from, flip.to]));
    return h("section", { class: "block" }, h("h4", {}, "Flips"),
      names.size <= MATRIX ? matrix(set, show) : flipList(set, show));
  }

  /** Bars over each other: `[[share of the width, class], ...]`. */
  function bar(parts) {
    return svg("svg", { class: "bar-chart", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      parts.map(([share, kind]) => svg("rect", { class: kind, width: Math.max(share * 100, share > 0 ? 0.6 : 0), height: 10 })));
  }

  /** A table of categories before and after; `show` may be missing. */
  function categories(rows, show) {
    if (!rows.length) return null;
    const most = Math.max(1, ...rows.flatMap((row) => [row.before || 0, row.after || 0]));
    const draw = (row) => {
      const [before, after] = [row.before || 0, row.after || 0];
      const change = after - before;
      const shared = Math.min(before, after) / most;
      const name = show
        ? h("button", { type: "button", class: "link", onclick: () => show(row.name) }, L.name(row.name))
        : L.name(row.name);
      return h("tr", {}, h("th", { scope: "row" }, name),
        h("td", { class: "bar-cell" },
          bar([[Math.max(before, after) / most, change < 0 ? "is-removed" : "is-added"], [shared, "is-same"]])),
        h("td", {}, row.before === null ? "—" : L.number(before)),
        h("td", {}, row.after === null ? "—" : L.number(after)),
        h("td", { class: direction(change) }, signed(change)));
    };
    const changed = [...rows].sort((a, b) => gap(b) - gap(a) || (b.after || 0) - (a.after || 0));
    const { body, more } = folded(changed, draw, "categories");
    return h("section", { class: "block" }, h("h4", {}, "Categories"),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Categories" },
        h("table", { class: "numbers" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Category"), h("th", { scope: "col", class: "bar-cell" }, "Labels"),
            ["Before", "After", "Change"].map((one) => h("th", { scope: "col" }, one)))), body)),
      more);
  }
  const gap = (row) => Math.abs((row.after || 0) - (row.before || 0));

  function categoryChanges(set) {
    if (!set.category_changes.length) return null;
    return h("section", { class: "block" }, h("h4", {}, "Changes of the categories themselves"),
      h("ul", { class: "plain" }, set.category_changes.map((one) =>
        h("li", {}, L.changes.badge(one.kind), " ", one.from !== null && L.name(one.from),
          one.from !== null && one.to !== null && one.from !== one.to && " → ",
          one.to !== null && one.to !== one.from && L.name(one.to)))));
  }

  function totals(set) {
    const { before, after } = set.totals;
    return h("dl", { class: "totals" }, ["samples", "labels"].map((noun) =>
      h("div", {}, h("dt", {}, noun), h("dd", {}, L.number(before[noun]), " → ", h("strong", {}, L.number(after[noun])), " ",
        h("span", { class: direction(after[noun] - before[noun]) }, `(${signed(after[noun] - before[noun])})`)))));
  }

  function card(set, at, show) {
    const labels = set.counts.changed;
    return h("details", { class: "card", open: at < OPEN_SETS },
      h("summary", {}, h("h3", {}, L.name(set.name)), h("span", { class: "mono soft" }, set.path),
        [set.task, set.format].filter(Boolean).map((one) => h("span", { class: "pill" }, one)),
        h("span", { class: "card-summary mono" }, set.summary || L.count(labels, "change"))),
      h("div", { class: "card-body" },
        h("div", { class: "card-row" }, kinds(set, show), totals(set)),
        h("div", { class: "columns" },
          splits(set, show), flips(set, show),
          categories(set.categories, (name) => show({ set: [set.name], category: [name] })),
          categoryChanges(set)),
        (set.notes || []).map((note) => h("p", { class: "remark" }, L.icon("notice"), h("span", {}, note)))));
  }

  /** A card a label set, those with changed evaluation labels first; `show(filters)`. */
  L.sets = (sets, show) => {
    const evaluated = (set) => set.splits.some((split) => split.evaluation && split.counts.changed);
    return [...sets].sort((a, b) => evaluated(b) - evaluated(a)).map((set, at) => card(set, at, show));
  };
  Object.assign(L.sets, { categories, signed, direction });
})(window.labelvc);
