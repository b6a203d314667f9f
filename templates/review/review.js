"use strict";
// Reviewing: decisions about single changes and whole filters, and the end of it.
(function (L) {
  const { h, button, fill, byId, state } = L;
  const WORDS = { accept: "accepted", reject: "rejected" };

  L.review = function (data, backend) {
    const numbers = data.report.changes.map((change) => change.number);
    let explorer = null;
    const decisions = L.decisions(data.decisions || {}, { numbers, backend, changed: () => explorer && update() });

    function update() {
      explorer.refilter();
      progress();
    }

    function progress() {
      const { accept, reject, open, all } = decisions.counts();
      fill(byId("progress"), L.progress([
        { kind: "accepted", value: accept, icon: "accept" },
        { kind: "rejected", value: reject, icon: "reject" },
        { kind: "open", value: open, icon: "open" },
      ], all));
    }

    // The next that is open after the selected one, or the first before it.
    function nextOpen(decided) {
      const shown = explorer.shown();
      const at = explorer.list.placeOf(state.now.selected) ?? -1;
      const rest = [...shown.slice(at + 1), ...shown.slice(0, at + 1)];
      return rest.find((change) => decisions.isOpen(change.number) && !decided.has(change.number));
    }

    async function decide(chosen, decision) {
      if (decisions.finished || !chosen.length) return;
      const next = decision && nextOpen(new Set(chosen));
      if (next) state.select(next.number);
      const kept = decisions.decide(chosen, { decision });
      const { open } = decisions.counts();
      L.announce(`${WORDS[decision] || "open again"}; ${L.number(open)} open`);
      if (!(await kept)) state.select(chosen[0]);
    }

    async function decideAll(decision) {
      const shown = explorer.shown();
      if (decisions.finished || !shown.length) return;
      const other = shown.filter((change) => ![null, decision].includes(decisions.of(change.number).decision)).length;
      const verb = decision === "accept" ? "Accept" : "Reject";
      const confirmed = await L.dialogs.confirm(`${verb} ${L.count(shown.length, "change")}?`, {
        body: [
          h("p", {}, state.isFiltered() ? "These are all changes that match the filter." : "No filter is set: these are all changes."),
          other > 0 && h("p", { class: "remark is-warning" }, L.icon("warning"),
            h("span", {}, `${L.number(other)} of them ${other === 1 ? "is" : "are"} decided otherwise now.`)),
          h("p", { class: "soft" }, "One undo takes all of it back."),
        ],
        action: `${verb} ${L.number(shown.length)}`,
        kind: `is-${decision}`,
      });
      if (confirmed) decide(shown.map((change) => change.number), decision);
    }

    async function undo() {
      if (decisions.finished) return;
      const touched = await decisions.undo();
      if (touched.length) state.select(touched[0]);
    }

    const bulk = (shown) =>
      h("div", { class: "group bulk", role: "group", "aria-label": "For all that are shown" },
        ["accept", "reject"].map((decision) =>
          button({
            label: `${decision === "accept" ? "Accept" : "Reject"} all ${L.number(shown.length)} shown`, icon: decision,
            text: "All", kind: `is-${decision}`, disabled: !shown.length || decisions.finished,
          }, () => decideAll(decision))));

    const selected = () => state.now.selected;
    const toggled = (decision) => () => {
      if (selected() === null) return;
      const now = decisions.of(selected()).decision;
      decide([selected()], now === decision ? null : decision);
    };

    return {
      decisions,
      bulk,
      /** What the detail needs to know. */
      detail: { decisions, decide, undo, save: (number, comment) => decisions.decide([number], { comment }) },
      begin(made) {
        explorer = made;
        progress();
      },
      keys: [
        { keys: ["a"], label: "Accept (again: open)", run: toggled("accept") },
        { keys: ["r"], label: "Reject (again: open)", run: toggled("reject") },
        { keys: ["u"], label: "Undo", run: undo },
        { keys: ["c"], label: "Comment", run: () => byId("comment")?.focus() },
        { keys: ["A"], label: "Accept all that are shown", run: () => decideAll("accept") },
        { keys: ["R"], label: "Reject all that are shown", run: () => decideAll("reject") },
        { keys: ["x"], label: "Finish", run: () => L.finish(data, decisions, backend) },
      ],
      finish: () => L.finish(data, decisions, backend),
    };
  };
})(window.labelvc);
