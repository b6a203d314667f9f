"use strict";
// Search, filters, order, and the chips that say what is active.
(function (L) {
  const { h, button, fill, state } = L;
  const MANY = 12; // options from which one can search among them
  const MOST = 200; // options listed

  function option(facet, value, count) {
    const box = h("input", { type: "checkbox", onchange: () => state.toggle(facet.key, value) });
    box.checked = state.has(facet.key, value);
    return h("label", { class: "option" }, box, h("span", { class: "name" }, value === "" ? "''" : value),
      h("span", { class: "option-count" }, L.number(count)));
  }

  /** The options of a facet, chosen ones included though they match nothing now. */
  function options(facet, counts) {
    const known = new Map(counts);
    for (const value of state.now.filters.get(facet.key) || []) if (!known.has(value)) known.set(value, 0);
    return [...known].sort((a, b) => b[1] - a[1] || L.filters.compare(a[0], b[0]));
  }

  function flag(facet, counts) {
    const pressed = state.has(facet.key, "yes");
    return button(
      {
        label: facet.label, kind: "is-filter", icon: facet.key === "evaluation" ? "flag" : "warning",
        "aria-pressed": String(pressed), "data-facet": facet.key, disabled: !pressed && !counts.size,
      },
      () => state.toggle(facet.key, "yes"),
    );
  }

  /** A button that opens the facet's options. */
  function menu(facet) {
    let latest = new Map();
    const list = h("div", { class: "options" });
    const narrow = h("input", {
      type: "search", class: "field", placeholder: "Find", "aria-label": `Find among options of ${facet.label}`,
      oninput: () => draw(),
    });
    const panel = h("div", { class: "panel", role: "group", "aria-label": `Filter by ${facet.label}`, hidden: true },
      narrow, list);
    const badge = h("span", { class: "facet-count" });
    const opener = h(
      "button",
      {
        type: "button", class: "button is-filter", "aria-expanded": "false", "data-facet": facet.key,
        onclick: () => open(panel.hidden),
      },
      h("span", {}, facet.label), badge, L.icon("down"),
    );
    const whole = h("div", {
      class: "menu",
      onkeydown(event) {
        if (event.key !== "Escape" || panel.hidden) return;
        event.stopPropagation();
        open(false);
        opener.focus();
      },
      onfocusout(event) {
        if (event.relatedTarget && !whole.contains(event.relatedTarget)) open(false);
      },
    }, opener, panel);

    function open(isOpen) {
      panel.hidden = !isOpen;
      opener.setAttribute("aria-expanded", String(isOpen));
      if (!isOpen) return;
      draw();
      panel.classList.toggle("is-right", opener.getBoundingClientRect().left > window.innerWidth / 2);
      (narrow.hidden ? list.querySelector("input") : narrow)?.focus();
    }

    function draw() {
      const all = options(facet, latest);
      narrow.hidden = all.length <= MANY;
      const wanted = narrow.value.toLowerCase();
      const found = all.filter(([value]) => value.toLowerCase().includes(wanted));
      const focused = list.contains(document.activeElement)
        ? [...list.children].indexOf(document.activeElement.parentElement)
        : -1;
      fill(list, found.slice(0, MOST).map(([value, count]) => option(facet, value, count)),
        found.length > MOST && h("p", { class: "soft" }, `${L.number(found.length - MOST)} more: search for them`),
        !found.length && h("p", { class: "soft" }, "None"));
      if (focused >= 0) list.children[Math.min(focused, list.children.length - 1)]?.querySelector("input")?.focus();
    }

    document.addEventListener("pointerdown", (event) => {
      if (!panel.hidden && !whole.contains(event.target)) open(false);
    });
    return {
      element: whole,
      update(counts) {
        latest = counts;
        const chosen = state.now.filters.get(facet.key)?.size || 0;
        fill(badge, chosen ? L.number(chosen) : "");
        badge.hidden = !chosen;
        whole.hidden = !facet.always && options(facet, counts).length < 2 && !chosen;
        if (!panel.hidden) draw();
      },
    };
  }

  function chip(label, value, remove) {
    return h("button", { type: "button", class: "chip", "aria-label": `Remove filter ${label} ${value}`, onclick: remove },
      h("span", { class: "soft" }, label), L.name(value), L.icon("reject"));
  }

  function chips(element, facets) {
    const named = new Map(facets.map((facet) => [facet.key, facet]));
    const { filters, query } = state.now;
    fill(
      element,
      query && chip("search", query, () => state.search("")),
      [...filters].map(([key, values]) => [...values].map((value) =>
        named.get(key).flag
          ? chip("", named.get(key).label, () => state.toggle(key, value))
          : chip(named.get(key).label.toLowerCase(), value, () => state.toggle(key, value)))),
      state.isFiltered() && button({ label: "Clear", kind: "is-plain", id: "clear" }, () => state.filter({})),
    );
    element.hidden = !state.isFiltered();
  }

  /** The tools of the explorer; `update(counts)` after every change of what is shown. */
  L.toolbar = function ({ tools, chips: chipsPlace }, { facets, sorts, noun }) {
    const search = h("input", {
      type: "search", class: "field search", id: "search", placeholder: `Search ${noun}s`,
      "aria-label": `Search ${noun}s by sample, id, category or words`, "aria-keyshortcuts": "/",
      oninput: L.later(() => search.value !== state.now.query && state.search(search.value), 60),
    });
    const menus = facets.filter((facet) => !facet.flag).map((facet) => [facet, menu(facet)]);
    const flags = h("span", { class: "flags" });
    const order = h("select", { class: "field", id: "sort", onchange: () => state.sort(order.value) },
      Object.entries(sorts).map(([key, { label }]) => h("option", { value: key }, label)));
    fill(tools, h("span", { class: "search-box" }, L.icon("search"), search),
      menus.map(([, one]) => one.element), flags,
      h("span", { class: "sort" }, h("label", { for: "sort" }, "Sort"), order));
    return {
      update(counts) {
        if (document.activeElement !== search) search.value = state.now.query;
        order.value = Object.hasOwn(sorts, state.now.sort) ? state.now.sort : Object.keys(sorts)[0];
        menus.forEach(([facet, one]) => one.update(counts[facet.key]));
        const focused = flags.contains(document.activeElement) ? document.activeElement.dataset.facet : null;
        fill(flags, facets.filter((facet) => facet.flag).map((facet) => flag(facet, counts[facet.key])));
        if (focused) flags.querySelector(`[data-facet="${focused}"]`).focus();
        chips(chipsPlace, facets);
      },
      focusSearch() {
        search.focus();
        search.select();
      },
      focusFilter: () => tools.querySelector(".menu:not([hidden]) > button")?.focus(),
    };
  };
})(window.labelvc);
