"use strict";
// The page begins here.
(function (L) {
  const { h, byId, fill, button, state } = L;
  const data = JSON.parse(byId("data").textContent);
  const GONE =
    "The review server has gone. What you decided before is kept: start `labelvc review` again and open the address it tells.";
  const server = () => L.backend.http({
    lost: (isLost) => L.dialogs.banner(isLost ? GONE : ""),
    sending: (isSending) => byId("progress").setAttribute("aria-busy", isSending),
  });

  function messagesOf(report) {
    const byCode = new Map();
    for (const issue of report.issues.new) {
      const keys = [[issue.set, issue.sample, issue.label], [issue.set, issue.sample, null]];
      keys.forEach((key) => byCode.set(JSON.stringify([...key, issue.code]), issue));
    }
    return (change, code) => {
      const native = (change.id || {}).after ?? null;
      return byCode.get(JSON.stringify([change.set, change.sample, native, code]));
    };
  }

  function kept(told, total) {
    if (!told || !total || !told.left_out) return null;
    const size = told.bytes >= 1e6 ? `${(told.bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(told.bytes / 1e3)} kB`;
    return h("p", { class: "remark told" }, L.icon("image"), h("span", {},
      `Media of ${L.number(told.shown)} of ${L.count(told.shown + told.left_out, "change")} are inside this page (${size}). `, told.note));
  }

  function leftOut(number) {
    if (!number) return null;
    return h("p", { class: "remark told" }, L.icon("notice"), h("span", {},
      `${L.count(number, "more change")} ${number === 1 ? "is" : "are"} counted above and not listed here: the weightiest are.`));
  }

  function changes() {
    const { report } = data;
    const isReview = data.mode === "review";
    const backend = isReview ? server() : L.backend.embedded(data);
    const review = isReview ? L.review(data, backend) : null;
    const thumb = L.evidence.thumbs(backend);
    const messages = messagesOf(report);
    const context = (where) => ({ ...where, backend, messages, review: review && review.detail });
    const explorer = L.explorer(report.changes, {
      noun: "change",
      none: "No label has changed.",
      facets: L.changes.facets(review && review.decisions),
      sorts: L.changes.sorts,
      text: L.changes.text,
      row: (change) => L.changes.row(change, { thumb, decisions: review && review.decisions }),
      detail: (element, change, where) => L.detail(element, change, context(where)),
      refresh: (element, change, where) => L.detail.refresh(element, change, context(where)),
      said: (change) => `${L.changes.subject(change)}, ${change.words}`,
      bulk: review && review.bulk,
    });
    const goThere = () => byId("explorer").scrollIntoView({ block: "start" });
    // A thumbnail stands in one place only: the summary has its own.
    L.summary(data, {
      thumb: L.evidence.thumbs(backend),
      show(filters) {
        state.filter(filters);
        goThere();
      },
      select(number) {
        if (explorer.list.placeOf(number) === undefined) state.filter({});
        state.select(number);
        goThere();
      },
    });
    byId("explorer").prepend(...[leftOut(report.changes_left_out), kept(data.evidence_told, report.changes.length)]
      .filter(Boolean));
    if (review) review.begin(explorer);
    return { explorer, keys: review ? review.keys : [], finish: review && review.finish };
  }

  function themeButton(key) {
    const made = button({ label: "Light or dark", key, icon: "moon", text: "", kind: "is-plain", id: "theme" }, toggle);
    function toggle() {
      L.theme.toggle();
      show();
    }
    const show = () => fill(made, L.icon(L.theme.current() === "dark" ? "sun" : "moon"));
    show();
    return { made, toggle };
  }

  function start() {
    document.body.dataset.mode = data.mode;
    fill(byId("bar-title"), L.name(data.title));
    const { explorer, keys, finish } =
      data.mode === "conflicts" ? L.conflicts(data, server()) : changes();
    const themeKey = data.mode === "conflicts" ? null : "t"; // there it takes theirs
    const theme = themeButton(themeKey);
    const bindings = [
      { keys: ["j", "ArrowDown"], label: "Next", run: () => explorer.move(1) },
      { keys: ["k", "ArrowUp"], label: "Previous", run: () => explorer.move(-1) },
      { keys: data.mode === "conflicts" ? ["Enter"] : ["Enter", "o"], label: "Open", run: () => explorer.open() },
      ...keys,
      { keys: ["/"], label: "Search", run: () => explorer.toolbar.focusSearch() },
      { keys: ["f"], label: "Filter", run: () => explorer.toolbar.focusFilter() },
      { keys: ["g"], label: "To the top", run: () => explorer.top() },
      { keys: [" "], label: "Play or pause a sound", run: () =>
        document.querySelector("#detail .evidence-audio")?.dispatchEvent(new Event("playtoggle")) },
      { keys: themeKey ? [themeKey] : [], label: "Light or dark", run: theme.toggle },
      { keys: ["?"], label: "This help", run: () => L.keys.help(listed) },
    ];
    const listed = bindings.filter((one) => one.keys.length);
    L.keys(listed);
    fill(byId("actions"),
      finish && button({ label: "Finish", icon: "finish", key: "x", kind: "is-main", id: "finish" }, finish),
      button({ label: "Keyboard", key: "?", icon: "keyboard", text: "", kind: "is-plain" }, () => L.keys.help(listed)),
      theme.made);
    byId("skip").addEventListener("click", () => byId("list").focus());
    window.performance.mark("labelvc-ready");
    window.labelvcReady = true;
  }

  start();
})(window.labelvc);
