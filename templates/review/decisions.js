"use strict";
// What the reviewer decided. Shown at once, and taken back where the server refuses it.
(function (L) {
  const OPEN = { decision: null, comment: "" };

  /** Decisions about `numbers`, kept by `backend`; `changed(numbers)` is called after each step. */
  L.decisions = function (known, { numbers, backend, changed }) {
    const all = new Map(Object.entries(known).map(([number, told]) => [Number(number), told]));
    const waiting = new Map(); // number -> how many answers are outstanding
    const of = (number) => all.get(number) || OPEN;
    let finished = false;

    function take(told) {
      const touched = Object.keys(told).map(Number);
      for (const number of touched) all.set(number, { ...OPEN, ...told[number] });
      changed(touched);
      return touched;
    }

    /** Decides, or comments: `what` is {decision} or {comment}. */
    async function decide(chosen, what) {
      const before = new Map(chosen.map((number) => [number, of(number)]));
      for (const number of chosen) {
        all.set(number, { ...of(number), ...what });
        waiting.set(number, (waiting.get(number) || 0) + 1);
      }
      changed(chosen);
      const done = () => chosen.forEach((number) => waiting.set(number, waiting.get(number) - 1));
      try {
        const { decisions } = await backend.decide(chosen, what);
        done();
        // A later step may be under way already: its answer will tell.
        const settled = Object.entries(decisions).filter(([number]) => !waiting.get(Number(number)));
        take(Object.fromEntries(settled));
        return true;
      } catch (error) {
        done();
        before.forEach((told, number) => all.set(number, told));
        changed(chosen);
        L.dialogs.toast(`Not kept: ${error.message}`, { error: true });
        return false;
      }
    }

    async function undo() {
      try {
        const { decisions, left } = await backend.undo();
        const touched = take(decisions);
        const more = left ? `; ${L.count(left, "more step")} can be undone` : "";
        L.dialogs.toast(touched.length ? `Undone for ${L.count(touched.length, "change")}${more}` : "Nothing to undo");
        return touched;
      } catch (error) {
        L.dialogs.toast(`Not undone: ${error.message}`, { error: true });
        return [];
      }
    }

    function counts() {
      const told = { accept: 0, reject: 0 };
      for (const number of numbers) {
        const { decision } = of(number);
        if (decision) told[decision] += 1;
      }
      return { ...told, open: numbers.length - told.accept - told.reject, all: numbers.length };
    }

    return {
      of,
      decide,
      undo,
      counts,
      words(number) {
        const { decision, comment } = of(number);
        const word = { accept: "accepted", reject: "rejected" }[decision] || "open";
        return comment ? [word, "commented"] : [word];
      },
      isOpen: (number) => of(number).decision === null,
      get finished() {
        return finished;
      },
      finish() {
        finished = true;
        changed([]);
      },
    };
  };

  /** How far the review is: a bar and the numbers. */
  L.progress = function (parts, total) {
    const bar = L.h("div", { class: "progress-bar", "aria-hidden": "true" },
      parts.map(({ kind, value }) => {
        const part = L.h("span", { class: `part is-${kind}` });
        part.style.width = `${total ? (100 * value) / total : 0}%`;
        return part;
      }));
    const words = parts.map(({ kind, value, icon }) =>
      L.h("span", { class: `part-words is-${kind}` }, L.icon(icon), L.number(value),
        L.h("span", { class: "part-kind" }, kind)));
    return [bar, L.h("div", { class: "progress-words" }, words)];
  };
})(window.labelvc);
