"use strict";
// What is shown: filters, search, order and selection. It lives in the address, so that a link to
// the page opens it the same way.
(function (L) {
  const listeners = [];
  const state = { filters: new Map(), query: "", sort: "importance", selected: null };

  function tell(changed) {
    listeners.forEach((listener) => listener(changed));
    write();
  }

  function hash() {
    const told = new URLSearchParams();
    for (const [facet, values] of state.filters) values.forEach((value) => told.append(facet, value));
    if (state.query) told.set("q", state.query);
    if (state.sort !== "importance") told.set("sort", state.sort);
    if (state.selected !== null) told.set("change", state.selected);
    return told.toString();
  }

  // Browsers limit how often an address may change.
  const write = L.later(() => {
    if (hash() === window.location.hash.slice(1)) return;
    try {
      window.history.replaceState(null, "", `${window.location.search}#${hash()}`);
    } catch {
      // the page works without
    }
  }, 120);

  /** Takes over what the address says; `facets` are the names it may filter by. */
  function read(facets) {
    const told = new URLSearchParams(window.location.hash.slice(1));
    state.filters = new Map(
      facets.filter((facet) => told.has(facet)).map((facet) => [facet, new Set(told.getAll(facet))]),
    );
    state.query = told.get("q") || "";
    state.sort = told.get("sort") || "importance";
    state.selected = /^\d+$/.test(told.get("change") || "") ? Number(told.get("change")) : null;
  }

  function toggle(facet, value) {
    const values = new Set(state.filters.get(facet));
    if (!values.delete(value)) values.add(value);
    if (values.size) state.filters.set(facet, values);
    else state.filters.delete(facet);
    tell("filters");
  }

  /** Other filters instead of those there are: `{facet: [values]}`. */
  function filter(filters) {
    state.filters = new Map(Object.entries(filters).map(([facet, values]) => [facet, new Set(values)]));
    state.query = "";
    tell("filters");
  }

  L.state = {
    now: state,
    on: (listener) => listeners.push(listener),
    read,
    toggle,
    filter,
    has: (facet, value) => Boolean(state.filters.get(facet)?.has(value)),
    isFiltered: () => state.filters.size > 0 || state.query !== "",
    search(query) {
      state.query = query;
      tell("filters");
    },
    sort(order) {
      state.sort = order;
      tell("filters");
    },
    select(number) {
      if (number === state.selected) return;
      state.selected = number;
      tell("selected");
    },
    refresh: () => tell("filters"),
  };
})(window.labelvc);
