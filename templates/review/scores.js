"use strict";
// What the change does to the scores of models.
(function (L) {
  const { h, svg } = L;
  const WIDTH = 180;
  const HEIGHT = 22;

  const score = (value) => value.toFixed(4);
  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

  /** Better, worse, or too close to tell: whether the interval leaves zero out. */
  function meaning(model) {
    const [low, high] = model.interval;
    if (low <= 0 && high >= 0) return ["not clear", ""];
    const isBetter = low > 0 !== model.lower_is_better;
    return isBetter ? ["better", "is-added"] : ["worse", "is-removed"];
  }

  // The difference and its interval on an axis that all models of the table share.
  function whisker(model, reach) {
    const x = (value) => WIDTH / 2 + (value / reach) * (WIDTH / 2 - 6);
    const [low, high] = model.interval;
    const middle = HEIGHT / 2;
    return svg(
      "svg",
      {
        class: `whisker ${meaning(model)[1]}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
        "aria-label": `difference ${signed(model.difference)}, 95 % interval ${signed(low)} to ${signed(high)}`,
      },
      svg("path", { class: "axis", d: `M${WIDTH / 2} 1V${HEIGHT - 1}` }),
      svg("path", { class: "range", d: `M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 4}v8M${x(high)} ${middle - 4}v8` }),
      svg("circle", { class: "dot", cx: x(model.difference), cy: middle, r: 4 }),
    );
  }

  function row(model, reach) {
    const [word, kind] = meaning(model);
    const { before, after } = model.rank;
    return h("tr", {},
      h("th", { scope: "row" }, L.name(model.model), h("span", { class: "soft small" }, L.name(model.set))),
      h("td", { class: "text" }, model.metric, model.lower_is_better && h("span", { class: "soft small" }, "lower is better")),
      h("td", {}, score(model.before)), h("td", {}, score(model.after)),
      h("td", { class: kind }, signed(model.difference), h("span", { class: "small" }, word)),
      h("td", { class: "text" }, whisker(model, reach)),
      h("td", {}, before === after ? String(after) : [`${before} → `, h("strong", {}, String(after))]),
      h("td", { class: "text" }, model.flips.length > 0 && h("span", { class: "badge is-changed" }, L.icon("swap"), "flips with ",
        model.flips.map((name, at) => [at > 0 && ", ", L.name(name)]))));
  }

  L.scores = function ({ models, notes }) {
    if (!models.length && !notes.length) return null;
    const heads = [
      ["Model"], ["Metric", "text"], ["Before"], ["After"], ["Difference"], ["95 % interval", "text"], ["Rank"],
      ["Ranking", "text"],
    ];
    // Axes are shared within a metric: an error rate and a precision have nothing in common.
    const reaches = new Map();
    for (const { metric, interval, difference } of models) {
      const reach = Math.max(...interval.map(Math.abs), Math.abs(difference), 1e-9);
      reaches.set(metric, Math.max(reaches.get(metric) || 0, reach));
    }
    return h("section", { class: "card is-flat", "aria-labelledby": "scores-title" },
      h("h3", { id: "scores-title" }, "Scores"),
      h("p", { class: "soft" }, "The same predictions, scored on the labels before and after."),
      models.length > 0 && h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Scores before and after" },
        h("table", { class: "numbers scores" },
          h("thead", {}, h("tr", {}, heads.map(([one, kind]) => h("th", { scope: "col", class: kind }, one)))),
          h("tbody", {}, models.map((model) => row(model, reaches.get(model.metric)))))),
      notes.map((note) => h("p", { class: "remark" }, L.icon("notice"), h("span", {}, note))));
  };
})(window.labelvc);
