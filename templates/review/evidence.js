"use strict";
// What one looks at to judge a change, whatever its medium; large for the detail, small for a row.
(function (L) {
  const { h, button } = L;
  const THUMBS = 400; // made once, and so many kept

  /** Buttons for all sides together or one of them; nothing where there is one only. */
  L.sideChoice = function (sides, chosen) {
    if (sides.length < 2) return null;
    const options = [
      [sides.length === 2 ? "Both" : "All", sides],
      ...sides.map((side) => [L.capital(L.shapes.SIDES[side]), [side]]),
    ];
    const made = options.map(([label, picked], at) =>
      button({ label, "aria-pressed": String(at === 0) }, (event) => {
        made.forEach((one) => one.setAttribute("aria-pressed", String(one === event.currentTarget)));
        chosen(picked);
      }),
    );
    return h("div", { class: "group", role: "group", "aria-label": "Which labels are drawn" }, made);
  };

  const DRAWN = {
    image: (told) => L.picture(told),
    text: (told) => L.textEvidence(told),
    audio: (told) => L.audioEvidence(told),
    none: (told) => h("p", { class: "absent" }, L.icon("image"), h("span", {}, told.reason)),
  };

  /** The evidence, large. */
  function large(told) {
    return [DRAWN[told.type](told), told.words && L.words.difference(told.words)];
  }

  const TINY = {
    image: (told) =>
      L.shapes.drawing(told, {
        sides: L.shapes.sidesOf(told), view: L.shapes.closeUp(told), preserveAspectRatio: "xMidYMid slice",
      }),
    text: (told) => {
      const parts = L.words.pieces(told, L.shapes.sidesOf(told));
      const first = Math.max(parts.findIndex((one) => one.sides.length), 0);
      const before = parts.slice(0, first).map((one) => one.text).join("").slice(-12);
      return h("span", { class: "thumb-text" }, before,
        parts.slice(first, first + 4).map((one) =>
          one.sides.length
            ? h("mark", { class: one.sides.map((side) => `mark-${side}`).join(" ") }, one.text.slice(0, 40))
            : one.text.slice(0, 40)));
    },
    audio: (told) => L.wave(told.peaks.filter((_, at) => at % 6 === 0)),
    none: (_, glyph) => L.icon(glyph),
  };

  /** Small pictures for rows, from `backend`, made once each. */
  function thumbs(backend) {
    const kept = new Map();

    function draw(place, told, glyph) {
      L.fill(place, TINY[told.type](told, glyph));
      place.classList.add(`is-${told.type}`);
    }

    function thumb(number, glyph) {
      const known = kept.get(number);
      if (known) return known;
      const place = h("span", { class: "thumb", "aria-hidden": "true" });
      const told = backend.peek(number);
      kept.set(number, place);
      if (kept.size > THUMBS) kept.delete(kept.keys().next().value);
      if (told) {
        draw(place, told, glyph);
      } else {
        L.fill(place, L.icon(glyph));
        // Rows that were scrolled by are not asked for.
        window.setTimeout(() => {
          if (!place.isConnected) return void kept.delete(number);
          backend.evidence(number, () => place.isConnected).then(
            (found) => draw(place, found, glyph),
            () => kept.delete(number),
          );
        }, 120);
      }
      return place;
    }

    thumb.forget = () => kept.clear();
    return thumb;
  }

  L.evidence = { large, thumbs };
})(window.labelvc);
