"use strict";
// A list of any length of which only the visible rows are in the page.
(function (L) {
  const SPARE = 6; // rows beyond either edge, so that scrolling shows no gaps

  /**
   * `draw(item, place)` gives a row's content, `choose(item)` is told of a click. Rows are
   * `rowHeight` CSS pixels high.
   */
  L.list = function (element, { rowHeight, draw, choose, open }) {
    const space = L.h("div", { class: "list-space" });
    let items = [];
    let places = new Map(); // number -> place
    let rows = new Map(); // place -> row
    let selected = null;
    element.append(space);

    function row(place) {
      const item = items[place];
      const made = L.h(
        "div",
        {
          class: `row ${item.number === selected ? "is-selected" : ""}`,
          role: "option",
          id: `row-${item.number}`,
          "aria-selected": String(item.number === selected),
          "aria-posinset": place + 1,
          "aria-setsize": items.length,
          onclick: () => choose(item),
          ondblclick: () => open(item),
        },
        draw(item),
      );
      made.style.transform = `translateY(${place * rowHeight}px)`;
      return made;
    }

    function show() {
      const top = element.scrollTop;
      const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
      const last = Math.min(items.length, Math.ceil((top + element.clientHeight) / rowHeight) + SPARE);
      for (const [place, made] of rows) {
        if (place >= first && place < last) continue;
        made.remove();
        rows.delete(place);
      }
      for (let place = first; place < last; place += 1) {
        if (rows.has(place)) continue;
        const made = row(place);
        rows.set(place, made);
        space.append(made);
      }
    }

    function clear() {
      rows.forEach((made) => made.remove());
      rows = new Map();
    }

    // In place: a row that is replaced between two clicks never gets a double click.
    function mark(number, isSelected) {
      const made = rows.get(places.get(number));
      if (!made) return;
      made.classList.toggle("is-selected", isSelected);
      made.setAttribute("aria-selected", String(isSelected));
    }

    /** Brings the selected row into sight. */
    function reveal(place) {
      const top = place * rowHeight;
      const room = element.clientHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
    }

    let waiting = false;
    element.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      window.requestAnimationFrame(() => {
        waiting = false;
        show();
      });
    });
    new ResizeObserver(show).observe(element);

    return {
      get items() {
        return items;
      },
      placeOf: (number) => places.get(number),
      set(shown) {
        items = shown;
        places = new Map(items.map((item, place) => [item.number, place]));
        space.style.height = `${items.length * rowHeight}px`;
        clear();
        show();
      },
      select(number) {
        mark(selected, false);
        selected = number;
        const place = places.get(number);
        if (place !== undefined) reveal(place);
        show();
        mark(selected, true);
        L.put(element, { "aria-activedescendant": place === undefined ? "" : `row-${number}` });
      },
      redraw() {
        clear();
        show();
      },
      refresh(number) {
        const place = places.get(number);
        const made = rows.get(place);
        if (made) L.fill(made, draw(items[place]));
      },
    };
  };
})(window.labelvc);
