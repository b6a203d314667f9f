"use strict";
// Labels drawn over a picture, in pixels of the original image. The sides differ in colour and in
// line: old dashed, new solid; base dotted, ours solid, theirs dashed.
(function (L) {
  const { svg, h } = L;
  const SIDES = {
    before: "old", after: "new", base: "base", ours: "ours", theirs: "theirs",
  };
  let drawn = 0;

  const ringPath = (ring) => {
    let path = "";
    for (let at = 0; at + 1 < ring.length; at += 2) path += `${at ? "L" : "M"}${ring[at]} ${ring[at + 1]}`;
    return `${path}Z`;
  };
  const boxPath = ([x, y, width, height]) => `M${x} ${y}h${width}v${height}h${-width}Z`;

  // A line under the line keeps it in sight on any picture.
  function outlined(path, side) {
    const line = (kind) =>
      svg("path", { d: path, class: `${kind} side-${side}`, "vector-effect": "non-scaling-stroke" });
    return [line("halo"), line("line")];
  }

  function skeleton({ points, skeleton: bones = [] }, side) {
    const seen = points.map(([, , visibility]) => visibility !== 0);
    const lines = bones
      .filter(([from, to]) => seen[from] && seen[to])
      .map(([from, to]) => `M${points[from][0]} ${points[from][1]}L${points[to][0]} ${points[to][1]}`)
      .join("");
    // A line without length and with round ends is a dot of the same size at every zoom.
    const dots = (wanted) =>
      points
        .filter(([, , visibility]) => visibility === wanted)
        .map(([x, y]) => `M${x} ${y}h0.001`)
        .join("");
    const dot = (kind, path) =>
      svg("path", { d: path, class: `${kind} side-${side}`, "vector-effect": "non-scaling-stroke" });
    return [
      lines && outlined(lines, side),
      ...[dots(2), dots(1)].map((path, hidden) =>
        path && [dot("dot-halo", path), dot("dot", path), hidden ? dot("dot-hole", path) : null],
      ),
    ];
  }

  // A mask as a hatched (old) or even (new) area: told apart without their colours.
  function overlay(url, side, window) {
    drawn += 1;
    const [x, y, width, height] = window;
    const box = { x, y, width, height };
    const step = Math.max(width, height) / 60;
    const lines = svg(
      "pattern",
      {
        id: `hatch-${drawn}`, width: step, height: step, patternUnits: "userSpaceOnUse",
        patternTransform: `rotate(${["after", "ours"].includes(side) ? -45 : 45})`,
      },
      svg("rect", { width: step, height: step, class: `area side-${side}` }),
      ["after", "ours"].includes(side)
        ? null
        : svg("rect", { width: step / 3, height: step, class: `area side-${side}` }),
    );
    const mask = svg(
      "mask",
      { id: `mask-${drawn}`, "mask-type": "alpha", maskUnits: "userSpaceOnUse", ...box },
      svg("image", { href: url, ...box, preserveAspectRatio: "none" }),
    );
    return [
      svg("defs", {}, lines, mask),
      svg("rect", { ...box, fill: `url(#hatch-${drawn})`, mask: `url(#mask-${drawn})` }),
    ];
  }

  function shape(told, window) {
    const parts = [];
    if (told.overlay) parts.push(overlay(told.overlay, told.side, window));
    if (told.rings) parts.push(outlined(told.rings.map(ringPath).join(""), told.side));
    if (told.points) parts.push(skeleton(told, told.side));
    if (told.box) parts.push(outlined(boxPath(told.box), told.side));
    return svg("g", { class: "shape" }, parts);
  }

  /** The picture with the shapes of `sides` over it; `view` is [x, y, width, height] of it. */
  function drawing(evidence, { sides, view = evidence.window, ...attributes }) {
    const [x, y, width, height] = evidence.window;
    return svg(
      "svg",
      { viewBox: view.join(" "), ...attributes },
      svg("image", { href: evidence.src, x, y, width, height, preserveAspectRatio: "none" }),
      evidence.shapes.filter((one) => sides.includes(one.side)).map((one) => shape(one, evidence.window)),
    );
  }

  /** The sides that evidence tells of, in the order they are read. */
  function sidesOf(evidence) {
    const there = new Set((evidence.shapes || evidence.marks || []).map((one) => one.side));
    return Object.keys(SIDES).filter((side) => there.has(side));
  }

  /** Which line is which side, and what it is labelled. */
  function legend(evidence) {
    const told = evidence.shapes || evidence.marks || [];
    return h(
      "ul",
      { class: "legend", "aria-label": "Legend" },
      sidesOf(evidence).map((side) => {
        const names = [...new Set(told.filter((one) => one.side === side).map((one) => one.category))];
        return h(
          "li",
          {},
          svg("svg", { class: "swatch", viewBox: "0 0 28 10", "aria-hidden": "true" },
            svg("path", { class: `line side-${side}`, d: "M1 5h26" })),
          h("span", {}, SIDES[side]),
          names.filter((one) => one !== null && one !== undefined).map((one) => L.name(one)),
        );
      }),
    );
  }

  function bounds(told) {
    if (told.box) {
      const [x, y, width, height] = told.box;
      return [[x, y], [x + width, y + height]];
    }
    if (told.points) return told.points.filter(([, , visibility]) => visibility !== 0);
    return (told.rings || []).flatMap((ring) =>
      ring.flatMap((value, at) => (at % 2 ? [] : [[value, ring[at + 1]]])),
    );
  }

  /** The square around the shapes, with some space, that a thumbnail shows. */
  function closeUp(evidence) {
    const points = evidence.shapes.flatMap(bounds);
    if (!points.length) return evidence.window;
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
    const side = Math.max(width, height, 16) * 1.4;
    return [left + width / 2 - side / 2, top + height / 2 - side / 2, side, side];
  }

  L.shapes = { drawing, legend, sidesOf, closeUp, SIDES };
})(window.labelvc);
