"use strict";
// An unfinished merge: its conflicts one by one, each settled by a choice.
(function (L) {
  const { h, button, fill, byId, state } = L;
  const KEYS = { ours: "o", theirs: "t", base: "b", union: "u", delete: "d" };
  const MEANS = {
    ours: "Keep ours", theirs: "Take theirs", base: "Go back to base", union: "Keep both", delete: "Delete it",
  };
  const TAGS = { old: "del", new: "ins", dim: "em" };

  const facets = [
    { key: "set", label: "Set", of: (one) => [one.set] },
    { key: "kind", label: "Kind", of: (one) => [one.kind] },
    { key: "field", label: "Field", of: (one) => (one.field === null ? [] : [one.field]) },
  ];
  const sorts = {
    importance: { label: "As they came", by: (one) => one.number },
    sample: { label: "Sample", by: (one) => one.sample || "" },
  };
  const plain = (line) => (line || []).map(([text]) => text).join("");
  const text = (one) =>
    [one.id, one.subject, one.sample, one.kind, one.field,
      ...one.rows.flatMap((row) => [row.name, plain(row.base), plain(row.ours), plain(row.theirs)])].join("\n");

  function cell(line) {
    return h("td", { dir: "auto" }, (line || []).map(([piece, style]) =>
      h(TAGS[style] || "span", { class: style === "value" ? "value" : style === "dim" ? "soft" : "" }, piece)));
  }

  function table(one) {
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Base, ours and theirs" },
      h("table", { class: "fields versions" },
        h("thead", {}, h("tr", {}, h("td", {}), ["base", "ours", "theirs"].map((side) =>
          h("th", { scope: "col", class: `head-${side}` }, side)))),
        h("tbody", {}, one.rows.map((row) =>
          h("tr", {}, h("th", { scope: "row" }, row.name), cell(row.base), cell(row.ours), cell(row.theirs))))));
  }

  L.conflicts = function (data, backend) {
    const total = data.conflicts.length;
    const thumb = L.evidence.thumbs(backend);
    let open = data.conflicts;
    let next = data.next;
    let isBusy = false;
    let explorer = null;

    async function settle(chosen, choice) {
      if (isBusy || !chosen.length) return;
      isBusy = true;
      const choices = Object.create(null); // a set may be called __proto__
      for (const one of chosen) (choices[one.set] ||= {})[one.id] = choice;
      const at = explorer.list.placeOf(state.now.selected) ?? 0;
      const after = explorer.shown().slice(at + 1).find((one) => !chosen.includes(one));
      try {
        const told = await backend.resolve(choices);
        backend.forget();
        thumb.forget();
        ({ conflicts: open, next } = told);
        const found = after && open.find((one) => one.set === after.set && one.id === after.id);
        if (found) state.select(found.number);
        explorer.replace(open);
        L.announce(`${L.count(chosen.length, "conflict")} settled with ${choice}; ${L.number(told.left)} left`);
      } catch (error) {
        L.dialogs.toast(`Not settled: ${error.message}`, { error: true });
      } finally {
        isBusy = false;
        progress();
      }
    }

    async function settleAll(choice) {
      const able = explorer.shown().filter((one) => one.choices.includes(choice));
      if (!able.length) return;
      const other = explorer.shown().length - able.length;
      const confirmed = await L.dialogs.confirm(`Settle ${L.count(able.length, "conflict")} with ${choice}?`, {
        body: [h("p", {}, `${MEANS[choice]}, in all that are shown.`),
          other > 0 && h("p", { class: "soft" }, `${L.count(other, "conflict")} cannot be settled that way and stay open.`)],
        action: `Settle ${L.number(able.length)}`,
      });
      if (confirmed) settle(able, choice);
    }

    function progress() {
      fill(byId("progress"), L.progress([
        { kind: "settled", value: total - open.length, icon: "accept" },
        { kind: "open", value: open.length, icon: "open" },
      ], total));
      head();
    }

    function head() {
      const isDone = !open.length;
      byId("explorer").hidden = isDone;
      fill(byId("summary"),
        h("div", { class: "hero" }, h("h1", {}, isDone ? "No open conflicts" : L.count(open.length, "open conflict"))),
        isDone
          ? h("div", { class: "verdict is-none" }, L.icon("none"),
              h("div", {}, h("p", {}, h("strong", {}, "All conflicts are settled.")), next && h("p", {}, "What is next: ", h("code", {}, next)),
                h("p", { class: "soft" }, "You may close this window.")))
          : h("p", { class: "soft" }, "Both sides changed these labels. Choose for each what shall stand."));
    }

    const choiceButtons = (one) =>
      h("div", { class: "decide", role: "group", "aria-label": "Choices" }, one.choices.map((choice) =>
        button({ label: MEANS[choice] || choice, key: KEYS[choice], kind: `is-side head-${choice}` }, () => settle([one], choice))));

    function detail(element, one, { at, shown, move }) {
      const stage = h("section", { class: "evidence", "aria-label": "Evidence" });
      fill(element,
        h("header", { class: "detail-head" },
          h("div", { class: "detail-title" }, h("h2", {}, L.name(one.subject))),
          L.detail.steps(at, shown, move)),
        h("p", { class: "detail-words" }, h("span", { class: "badge is-changed" }, one.kind), " ", h("code", {}, one.id)),
        h("dl", { class: "facts" }, [["set", one.set], ["sample", one.sample], ["field", one.field]]
          .filter(([, told]) => told !== null && told !== undefined)
          .map(([name, told]) => h("div", {}, h("dt", {}, name), h("dd", {}, L.name(told))))),
        table(one), stage, choiceButtons(one));
      element.scrollTop = 0;
      L.detail.evidence(stage, one.number, backend);
    }

    const row = (one) => [
      thumb(one.number, "swap"),
      h("div", { class: "row-body" },
        h("div", { class: "row-top" }, h("span", { class: "row-subject name" }, one.subject), h("code", { class: "soft" }, one.id)),
        h("div", { class: "row-words" }, h("span", { class: "badge is-changed" }, one.kind), h("span", { class: "name" }, one.sample ?? one.set))),
    ];

    const bulk = (shown) => {
      const able = Object.keys(KEYS).filter((choice) => shown.some((one) => one.choices.includes(choice)));
      const select = h("select", {
        class: "field", "aria-label": "Settle all that are shown", disabled: !able.length,
        onchange: () => {
          const choice = select.value;
          select.value = "";
          settleAll(choice);
        },
      }, h("option", { value: "" }, "Settle all ..."), able.map((choice) => h("option", { value: choice }, `all ${choice}`)));
      return select;
    };

    explorer = L.explorer(open, {
      noun: "conflict", none: "All conflicts are settled.", facets, sorts, text, row, detail, bulk,
      refresh: (element, one, { at, shown, move }) => L.detail.swap(element, ".steps", () => L.detail.steps(at, shown, move)),
      said: (one) => `${one.kind}, ${one.subject}`,
    });
    progress();

    const each = (run) => Object.entries(KEYS).map(([choice, key]) => run(choice, key));
    const keys = [
      ...each((choice, key) => ({ keys: [key], label: MEANS[choice], run() {
        const one = explorer.selected();
        if (one && one.choices.includes(choice)) settle([one], choice);
      } })),
      ...each((choice, key) => ({ keys: [key.toUpperCase()], label: `${MEANS[choice]}, in all that are shown`, run: () => settleAll(choice) })),
    ];
    return { explorer, keys };
  };
})(window.labelvc);
