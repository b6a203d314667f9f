"use strict";
(function (L) {
  // 16 x 16, drawn as strokes in the colour of the text around.
  const PATHS = {
    accept: "M3 8.5l3.2 3.2L13 4.8",
    reject: "M4 4l8 8M12 4l-8 8",
    undo: "M6 2.5L3 5.5l3 3M3.2 5.5H9a4 4 0 010 8H6",
    comment: "M2 3h12v8H7.5L4 14v-3H2z",
    search: "M7 12A5 5 0 107 2a5 5 0 000 10zM10.7 10.7L14 14",
    down: "M4 6l4 4 4-4",
    previous: "M10 3L5 8l5 5",
    next: "M6 3l5 5-5 5",
    plus: "M8 3v10M3 8h10",
    minus: "M3 8h10",
    fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
    sides: "M2 3h5v10H2zM9 3h5v10H9z",
    flag: "M4 14.5V2M4 2.5l8.5 3L4 8.5",
    play: "M5 3l8 5-8 5z",
    pause: "M5 3v10M11 3v10",
    sun: "M8 11a3 3 0 100-6 3 3 0 000 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13",
    moon: "M13.5 9.5A6 6 0 016.5 2.5a6 6 0 107 7z",
    keyboard: "M1.5 4h13v8h-13zM4 6.5h.5M7 6.5h.5M10 6.5h.5M4.5 9.5h7",
    error: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    warning: "M8 1.8l6.6 12H1.4zM8 6v4M8 11.8v.4",
    notice: "M8 14.5a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM8 7.5V11M8 4.9v.4",
    none: "M8 14.5a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM5 8.2l2.2 2.2L11 6",
    swap: "M2 5h11M10 2l3 3-3 3M14 11H3M6 8l-3 3 3 3",
    image: "M2 3h12v10H2zM2 11l3.5-3.5L9 11l2-2 3 2.5M10.5 6h.5",
    text: "M3 4h10M3 7h10M3 10h10M3 13h6",
    audio: "M2 7v2M5 4.5v7M8 2v12M11 5v6M14 7v2",
    tag: "M2 2h6l6 6-6 6-6-6zM5 5h.4",
    finish: "M3 14V2M3 2.5h10L11 5.5l2 3H3",
    open: "M8 14.5a6.5 6.5 0 100-13 6.5 6.5 0 000 13z",
  };

  L.icon = (name) =>
    L.svg(
      "svg",
      { class: `icon icon-${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" },
      L.svg("path", { d: PATHS[name] }),
    );
})(window.labelvc);
