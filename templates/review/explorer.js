"use strict";
// List and detail side by side, of changes or of conflicts.
(function (L) {
  const { h, fill, byId, state } = L;
  const ROW = 72;

  /**
   * `mode` is `{noun, none, facets, sorts, text(item), row(item), said(item), bulk(shown)}`, and
   * `detail(element, item, where)` that draws an item large, `refresh(...)` what may have changed
   * of one that is drawn: what is typed, played or zoomed there stays.
   */
  L.explorer = function (items, mode) {
    const detail = byId("detail");
    const head = byId("list-head");
    const empty = byId("empty");
    const listElement = byId("list");
    let indexed = L.filters.index(items, mode);
    let byNumber = new Map(items.map((item) => [item.number, item]));
    let shown = [];
    let drawn = null; // the item that the detail shows
    state.read(mode.facets.map((facet) => facet.key));
    const list = L.list(listElement, { rowHeight: ROW, draw: mode.row, choose, open });
    const toolbar = L.toolbar({ tools: byId("tools"), chips: byId("chips") }, mode);

    function choose(item) {
      state.select(item.number);
      if (L.narrow()) detail.scrollIntoView({ block: "start" });
    }

    function open(item = selected()) {
      if (!item) return;
      state.select(item.number);
      detail.focus({ preventScroll: true });
      detail.scrollIntoView({ block: "nearest" });
    }

    const selected = () => byNumber.get(state.now.selected);

    function move(by) {
      if (!shown.length) return;
      const at = list.placeOf(state.now.selected);
      const to = at === undefined ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1);
      state.select(shown[to].number);
    }

    function nothing() {
      empty.hidden = shown.length > 0;
      listElement.hidden = shown.length === 0;
      fill(
        empty,
        h("p", {}, items.length ? `No ${mode.noun} matches.` : mode.none),
        items.length > 0 &&
          L.button({ label: "Clear filters", kind: "is-main" }, () => state.filter({})),
      );
    }

    function showDetail() {
      const item = selected();
      const where = { at: item && list.placeOf(item.number), shown: shown.length, move };
      if (item && item === drawn) return void mode.refresh(detail, item, where);
      drawn = item;
      if (!item) {
        fill(detail, h("p", { class: "absent" }, items.length ? `Choose a ${mode.noun} from the list.` : mode.none));
        return;
      }
      mode.detail(detail, item, where);
    }

    function heading() {
      const whole = shown.length === items.length;
      fill(head,
        h("h2", { class: "list-title" }, whole ? L.count(items.length, mode.noun)
          : `${L.number(shown.length)} of ${L.count(items.length, mode.noun)}`),
        mode.bulk && mode.bulk(shown));
    }

    function refilter() {
      const found = L.filters.apply(indexed, state.now);
      shown = found.shown;
      list.set(shown);
      if (list.placeOf(state.now.selected) === undefined) {
        state.now.selected = shown.length ? shown[0].number : null;
      }
      list.select(state.now.selected);
      toolbar.update(found.counts);
      nothing();
      heading();
      showDetail();
    }

    state.on((changed) => {
      if (changed === "filters") {
        refilter();
        L.announce(`${L.count(shown.length, mode.noun)} shown`);
      } else {
        list.select(state.now.selected);
        showDetail();
        const item = selected();
        if (item) L.announce(`${list.placeOf(item.number) + 1} of ${shown.length}: ${mode.said(item)}`);
      }
    });
    window.addEventListener("hashchange", () => {
      state.read(mode.facets.map((facet) => facet.key));
      refilter();
    });
    byId("explorer").hidden = false;
    refilter();

    return {
      list,
      toolbar,
      selected,
      move,
      open,
      refilter,
      showDetail,
      heading,
      shown: () => shown,
      top() {
        if (shown.length) state.select(shown[0].number);
        listElement.scrollTop = 0;
        window.scrollTo({ top: 0 });
      },
      /** Other items in the place of those there were. */
      replace(others) {
        items = others;
        indexed = L.filters.index(items, mode);
        byNumber = new Map(items.map((item) => [item.number, item]));
        refilter();
      },
    };
  };
})(window.labelvc);
