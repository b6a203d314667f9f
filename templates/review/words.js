"use strict";
// Texts: spans marked in an excerpt, and the words that differ between two texts.
(function (L) {
  const { h } = L;

  // The text cut wherever a mark begins or ends: [{text, sides, ends: [mark]}].
  function pieces(evidence, sides) {
    const points = Array.from(evidence.text); // marks count code points
    const marks = evidence.marks.filter((one) => sides.includes(one.side));
    const cuts = [0, points.length, ...marks.flatMap((one) => [one.start, one.end])]
      .map((cut) => Math.min(Math.max(cut, 0), points.length));
    const places = [...new Set(cuts)].sort((a, b) => a - b);
    return places.slice(0, -1).map((start, at) => {
      const end = places[at + 1];
      return {
        text: points.slice(start, end).join(""),
        sides: sides.filter((side) =>
          marks.some((one) => one.side === side && one.start <= start && one.end >= end)),
        ends: marks.filter((one) => one.end === end),
      };
    });
  }

  function lines(text) {
    return document.createTextNode(L.visibleLines(text));
  }

  function piece({ text, sides, ends }) {
    const marked = sides.length
      ? h("mark", { class: sides.map((side) => `mark-${side}`).join(" ") }, lines(text))
      : lines(text);
    const tags = ends.map((one) =>
      h("span", { class: `tag side-${one.side}` },
        h("span", { class: "tag-side" }, L.shapes.SIDES[one.side]), one.category && L.name(one.category)));
    return [marked, tags];
  }

  /** An excerpt with the spans of `sides` marked. */
  const excerpt = (evidence, sides) =>
    h("p", { class: "excerpt", dir: "auto" }, pieces(evidence, sides).map(piece));

  const TAGS = { old: "del", new: "ins", same: "span" };

  /** Which words went and which came, as running text. */
  const difference = (words) =>
    h(
      "div",
      { class: "difference" },
      h("h4", {}, "Words"),
      h("p", { class: "excerpt", dir: "auto" },
        words.map(([kind, text]) => [h(TAGS[kind], {}, lines(text)), " "])),
    );

  L.words = { excerpt, difference, pieces };

  L.textEvidence = function (evidence) {
    const place = h("div", {});
    const all = L.shapes.sidesOf(evidence);
    const draw = (sides) => L.fill(place, excerpt(evidence, sides));
    const choice = L.sideChoice(all, draw);
    draw(all);
    return h(
      "div",
      { class: "evidence-text" },
      choice && h("div", { class: "evidence-tools" }, choice),
      place,
      all.length > 0 && L.shapes.legend(evidence),
    );
  };
})(window.labelvc);
