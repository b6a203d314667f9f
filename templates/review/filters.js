"use strict";
// Which items are shown, in which order, and how many each option of a filter would leave.
(function (L) {
  const collator = new Intl.Collator("en", { numeric: true });

  /**
   * Items prepared for filtering. A facet is `{key, label, of(item) -> [values], changing}`; the
   * values of one that is not `changing` are worked out once.
   */
  function index(items, { facets, sorts, text }) {
    return {
      items,
      facets,
      sorts,
      values: facets.map((facet) => (facet.changing ? null : items.map(facet.of))),
      text: items.map((item) => text(item).toLowerCase()),
      orders: new Map(),
    };
  }

  function order(indexed, name) {
    const known = Object.hasOwn(indexed.sorts, name) ? name : Object.keys(indexed.sorts)[0];
    if (!indexed.orders.has(known)) {
      const by = indexed.sorts[known].by;
      const keys = indexed.items.map(by);
      const places = keys.map((_, place) => place);
      const compare = typeof keys[0] === "number" ? (a, b) => a - b : collator.compare;
      indexed.orders.set(known, places.sort((a, b) => compare(keys[a], keys[b]) || a - b));
    }
    return indexed.orders.get(known);
  }

  function matches(chosen, values) {
    for (const value of values) if (chosen.has(value)) return true;
    return false;
  }

  // Which chosen facets leave the item out: none (-1), one (its place), or several (-2).
  function refusedBy(wanted, valuesOf) {
    let refused = -1;
    for (const { at, chosen } of wanted) {
      if (matches(chosen, valuesOf(at))) continue;
      if (refused !== -1) return -2;
      refused = at;
    }
    return refused;
  }

  function tally(counts, values) {
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  }

  /**
   * `shown`: the items that pass, in order. `counts[facet]`: by value, how many items pass every
   * other filter, which is what choosing that value would show.
   */
  function apply(indexed, state) {
    const { items, facets, values, text } = indexed;
    const terms = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = facets
      .map((facet, at) => ({ at, chosen: state.filters.get(facet.key) }))
      .filter((one) => one.chosen);
    const counts = facets.map(() => new Map());
    const shown = [];
    for (const place of order(indexed, state.sort)) {
      if (!terms.every((term) => text[place].includes(term))) continue;
      const valuesOf = (at) => (values[at] ? values[at][place] : facets[at].of(items[place]));
      const refused = refusedBy(wanted, valuesOf);
      if (refused === -2) continue;
      if (refused === -1) {
        shown.push(items[place]);
        facets.forEach((_, at) => tally(counts[at], valuesOf(at)));
      } else {
        tally(counts[refused], valuesOf(refused));
      }
    }
    return { shown, counts: Object.fromEntries(facets.map((facet, at) => [facet.key, counts[at]])) };
  }

  L.filters = { index, apply, compare: collator.compare };
})(window.labelvc);
