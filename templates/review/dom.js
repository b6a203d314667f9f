"use strict";
// Elements from data. Strangers' texts reach the page here only, as text and never as markup.
(function (L) {
  const SVG = "http://www.w3.org/2000/svg";
  // As labelvc/report/escape.py: what cannot be seen, or reorders what is around it.
  const UNSEEN =
    /[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]|(?<![^\x00-\x7f])[\u200c\u200d]/gu;
  const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const SPOKEN = new Set(["title", "aria-label", "placeholder", "alt", "aria-valuetext"]);

  function escape(char) {
    const code = char.codePointAt(0);
    if (SHORT[char]) return SHORT[char];
    const [mark, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return "\\" + mark + code.toString(16).padStart(width, "0");
  }

  /** The text with every character that is not to be seen as a visible escape. */
  const visible = (text) => String(text).replace(UNSEEN, escape);

  /** The same, but lines stay lines: for excerpts of texts. */
  const visibleLines = (text) => String(text).split("\n").map(visible).join("\n");

  function put(element, attributes) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, SPOKEN.has(name) ? visible(value) : value === true ? "" : value);
    }
  }

  function append(element, children) {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
    }
    return element;
  }

  /** An element: attributes (`on...` are listeners), then children: elements or texts. */
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    put(element, attributes);
    return append(element, children);
  }

  function svg(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    put(element, attributes);
    return append(element, children);
  }

  /** A button that says what it does; `icon` is a name of icons.js. */
  function button({ label, icon, text = label, kind = "", key = null, ...attributes }, onclick) {
    return h(
      "button",
      {
        type: "button",
        class: `button ${kind}`,
        title: key ? `${label} (${key})` : text === label ? null : label,
        "aria-label": text === label ? null : label,
        "aria-keyshortcuts": key,
        onclick,
        ...attributes,
      },
      icon && L.icon(icon),
      text && h("span", {}, text),
      key && text && h("kbd", { "aria-hidden": "true" }, key),
    );
  }

  const fill = (element, ...children) => append((element.replaceChildren(), element), children);
  const byId = (id) => document.getElementById(id);
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const number = (value) => Number(value).toLocaleString("en");

  /** "1 change", "12 changes". */
  const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

  function later(run, wait) {
    let timer = 0;
    return (...given) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(run, wait, ...given);
    };
  }

  /** Said to those who hear the page; a moment later, so that bursts are heard as one. */
  const announce = later((text) => fill(byId("status"), text), 120);

  Object.assign(L, {
    h, svg, fill, button, byId, visible, visibleLines, capital, number, count, later, announce, put,
    name: (text) => h("span", { class: "name" }, text),
    narrow: () => window.matchMedia("(max-width: 860px)").matches,
  });
})(window.labelvc);
