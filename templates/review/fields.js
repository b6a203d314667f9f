"use strict";
// The fields of a change before and after, as a table.
(function (L) {
  const { h } = L;
  const ORDER = [
    "name", "id", "category", "kind", "verdict", "box", "geometry", "start", "end", "text",
    "confidence", "annotator", "path", "split", "width", "height", "duration", "digest",
  ];
  const NAMES = { id: "own id", geometry: "shape" };
  const UNITS = { second: " s", percent: " %", fraction: " of the image" }; // pixels go without saying
  const PLACES = ["box", "start", "end"];
  const LONGEST = 400;

  const number = (value) =>
    typeof value === "number" ? String(Number(value.toFixed(4))) : String(value);

  function shape(geometry) {
    if (geometry.polygon) {
      const points = geometry.polygon.reduce((sum, ring) => sum + ring.length / 2, 0);
      return `polygon, ${L.count(points, "point")}${geometry.polygon.length > 1 ? ` in ${geometry.polygon.length} rings` : ""}`;
    }
    if (geometry.polyline) {
      return `line, ${L.count(geometry.polyline.reduce((sum, line) => sum + line.length / 2, 0), "point")}`;
    }
    if (geometry.keypoints) return L.count(geometry.keypoints.length, "keypoint");
    return Object.keys(geometry).join(", ");
  }

  function value(name, told) {
    if (name === "box") {
      const [x, y, width, height] = told.map(number);
      return `at ${x}, ${y}, size ${width} × ${height}`;
    }
    if (name === "geometry") return shape(told);
    if (typeof told === "number") return number(told);
    const text = typeof told === "string" ? told : JSON.stringify(told);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  }

  const unit = (change, side) => UNITS[change[side].unit] || "";

  // Attributes are fields of their own.
  function flat(change, side) {
    const { attributes, unit, ...fields } = change[side] || {};
    const own = (change.id || {})[side];
    const more = Object.entries(attributes && typeof attributes === "object" ? attributes : {});
    return new Map([
      ...(own === null || own === undefined ? [] : [["id", own]]),
      ...Object.entries(fields),
      ...more.map(([name, told]) => [`attribute ${name}`, told]),
    ]);
  }

  const rank = (name) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);

  /** `[name, before, after, differs]` of every field that either side has; texts or null. */
  function rows(change) {
    const [before, after] = [flat(change, "before"), flat(change, "after")];
    const names = [...new Set([...before.keys(), ...after.keys()])];
    return names
      .sort((a, b) => rank(a) - rank(b))
      .map((name) => {
        const [old, next] = [before.get(name), after.get(name)];
        const differs = JSON.stringify(old) !== JSON.stringify(next);
        const told = (side, which) =>
          side === undefined ? null : value(name, side) + (PLACES.includes(name) ? unit(change, which) : "");
        return [name, told(old, "before"), told(next, "after"), differs];
      });
  }

  function cell(text, tag) {
    if (text === null) return h("td", { class: "soft" }, "—");
    return h("td", { dir: "auto" }, h(tag, { class: "value" }, text));
  }

  L.fields = function (change) {
    return h(
      "table",
      { class: "fields" },
      h("caption", { class: "unseen" }, "Fields before and after"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Field"),
        h("th", { scope: "col" }, "Before"), h("th", { scope: "col" }, "After"))),
      h("tbody", {}, rows(change).map(([name, old, next, differs]) =>
        h("tr", { class: differs ? "is-changed" : "" },
          h("th", { scope: "row" }, NAMES[name] || name,
            differs && h("span", { class: "unseen" }, " (changed)")),
          cell(old, differs ? "del" : "span"), cell(next, differs ? "ins" : "span")))),
    );
  };
})(window.labelvc);
