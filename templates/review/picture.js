"use strict";
// The picture of a change: zoomed by wheel or buttons, moved by dragging, sides together or apart.
(function (L) {
  const { h, button, fill } = L;
  const MOST = 20;

  /** Views of one picture that zoom and move together. */
  function zooming(window_, views) {
    const [x0, y0, width0, height0] = window_;
    let view = [...window_];
    const level = () => width0 / view[2];
    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

    function show() {
      view[0] = clamp(view[0], x0, x0 + width0 - view[2]);
      view[1] = clamp(view[1], y0, y0 + height0 - view[3]);
      views().forEach((one) => one.setAttribute("viewBox", view.join(" ")));
    }

    // Around a point, given as shares of the view.
    function by(factor, share = [0.5, 0.5]) {
      const to = clamp(level() * factor, 1, MOST);
      const size = [width0 / to, height0 / to];
      view = [0, 1].map((axis) => view[axis] + share[axis] * (view[axis + 2] - size[axis])).concat(size);
      show();
    }

    return {
      by,
      level,
      fit: () => ((view = [...window_]), show()),
      move(shares) {
        [0, 1].forEach((axis) => (view[axis] -= shares[axis] * view[axis + 2]));
        show();
      },
      show,
    };
  }

  function handle(drawing, zoom) {
    const shares = (x, y) => {
      const box = drawing.getBoundingClientRect();
      return [x / box.width, y / box.height];
    };
    drawing.addEventListener(
      "wheel",
      (event) => {
        const box = drawing.getBoundingClientRect();
        if (event.deltaY > 0 && zoom.level() <= 1) return; // nothing left to zoom out: scroll on
        event.preventDefault();
        zoom.by(Math.exp(-event.deltaY / 400), shares(event.clientX - box.left, event.clientY - box.top));
      },
      { passive: false },
    );
    drawing.addEventListener("pointerdown", (event) => {
      if (zoom.level() > 1) drawing.setPointerCapture(event.pointerId);
    });
    drawing.addEventListener("pointermove", (event) => {
      if (drawing.hasPointerCapture(event.pointerId)) zoom.move(shares(event.movementX, event.movementY));
    });
  }

  function described(evidence, sides) {
    const said = evidence.shapes
      .filter((one) => sides.includes(one.side))
      .map((one) => `${L.shapes.SIDES[one.side]}${one.category ? `: ${one.category}` : ""}`);
    return `Picture with labels drawn in: ${[...new Set(said)].join(", ") || "none"}`;
  }

  function figure(evidence, sides) {
    const drawing = L.shapes.drawing(evidence, {
      sides, class: "picture", role: "img", "aria-label": described(evidence, sides),
    });
    drawing.style.aspectRatio = `${evidence.window[2]} / ${evidence.window[3]}`;
    return drawing;
  }

  /** The viewer; `sides` are those chosen, `apart` draws each in a picture of its own. */
  L.picture = function (evidence) {
    const stage = h("div", { class: "stage" });
    const views = () => [...stage.querySelectorAll("svg.picture")];
    const zoom = zooming(evidence.window, views);
    const all = L.shapes.sidesOf(evidence);
    let apart = false;
    let chosen = all;

    function draw() {
      const groups = apart ? all.map((side) => [side]) : [chosen];
      stage.classList.toggle("is-apart", apart);
      fill(
        stage,
        groups.map((sides) =>
          h("figure", {}, figure(evidence, sides),
            apart && h("figcaption", {}, L.shapes.SIDES[sides[0]])),
        ),
      );
      views().forEach((one) => handle(one, zoom));
      zoom.show();
    }

    const sides = L.sideChoice(all, (picked) => {
      chosen = picked;
      draw();
    });
    const split = all.length > 1 && button(
      { label: "Side by side", icon: "sides", "aria-pressed": "false" },
      (event) => {
        apart = !apart;
        event.currentTarget.setAttribute("aria-pressed", String(apart));
        if (sides) sides.hidden = apart;
        draw();
      },
    );
    const zooms = h(
      "div",
      { class: "group", role: "group", "aria-label": "Zoom" },
      button({ label: "Zoom out", icon: "minus", text: "" }, () => zoom.by(1 / 1.5)),
      button({ label: "Fit", icon: "fit", text: "" }, () => zoom.fit()),
      button({ label: "Zoom in", icon: "plus", text: "" }, () => zoom.by(1.5)),
    );
    draw();
    return h(
      "div",
      { class: "evidence-picture" },
      h("div", { class: "evidence-tools" }, sides, split, zooms),
      stage,
      L.shapes.legend(evidence),
    );
  };
})(window.labelvc);
