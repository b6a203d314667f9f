"use strict";
// New problems, what to look at first, and label sets that are told from their pointers.
(function (L) {
  const { h } = L;
  const TOLD = 50; // messages of one code

  function group(issues) {
    const groups = new Map();
    for (const issue of issues) {
      const key = `${issue.severity} ${issue.code}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(issue);
    }
    const rank = (one) => (one[0].severity === "error" ? 0 : 1);
    return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
  }

  function message(issue) {
    return h("li", {}, issue.sample !== null && [L.name(issue.sample), issue.label !== null && [" ", L.name(issue.label)], ": "],
      L.name(issue.message), " ", h("span", { class: "soft" }, L.name(issue.set)));
  }

  function found(issues, changes, show) {
    const { severity, code } = issues[0];
    const shown = changes.filter((change) => change.issues.includes(code)).length;
    return h("details", { class: `finding is-${severity}` },
      h("summary", {}, L.icon(severity), h("strong", {}, severity), h("code", {}, code),
        h("span", { class: "finding-count" }, L.number(issues.length)),
        h("span", { class: "finding-first" }, L.name(issues[0].message))),
      shown > 0 && L.button({ label: `Show the ${L.count(shown, "change")}` }, () => show({ issue: [code] })),
      h("ul", { class: "plain" }, issues.slice(0, TOLD).map(message)),
      issues.length > TOLD && h("p", { class: "soft" }, `... and ${L.number(issues.length - TOLD)} more`));
  }

  function problems({ new: issues, gone, notes }, changes, show) {
    if (!issues.length && !gone && !notes.length) return null;
    return h("section", { class: "card is-flat", "aria-labelledby": "problems-title" },
      h("h3", { id: "problems-title" }, "New problems"),
      h("p", { class: "soft" }, issues.length ? `${L.count(issues.length, "problem")} that the labels before did not have` : "None.",
        gone > 0 && `${issues.length ? "; " : " "}${L.count(gone, "problem")} gone`, "."),
      group(issues).map((one) => found(one, changes, show)),
      notes.map((note) => h("p", { class: "remark" }, L.icon("notice"), h("span", {}, note))));
  }

  function highlight({ number, why }, changes, thumb, select) {
    const change = changes[number];
    return h("li", {}, h("button", { type: "button", class: "highlight", onclick: () => select(number) },
      thumb(number, L.changes.glyph(change)),
      h("span", { class: "highlight-text" },
        h("span", { class: "highlight-why" }, why),
        h("span", { class: "name highlight-subject" }, L.changes.subject(change)),
        h("span", { class: "name highlight-words" }, change.words))));
  }

  function highlights(told, changes, thumb, select) {
    if (!told.length) return null;
    return h("section", { class: "card is-flat", "aria-labelledby": "highlights-title" },
      h("h3", { id: "highlights-title" }, "Look at these first"),
      h("ul", { class: "highlights" }, told.map((one) => highlight(one, changes, thumb, select))));
  }

  function pointer(one) {
    const side = (told) => (told ? `${L.count(told.samples, "sample")}, ${L.count(told.labels, "label")}` : "not told");
    return h("details", { class: "pointer" },
      h("summary", {}, h("strong", {}, L.name(one.name)), h("span", { class: "mono soft" }, one.path),
        h("span", {}, side(one.before), " → ", side(one.after))),
      one.reason && h("p", { class: "soft" }, one.reason),
      L.sets.categories(one.categories));
  }

  function pointers(told) {
    if (!told.length) return null;
    return h("section", { class: "card is-flat", "aria-labelledby": "pointers-title" },
      h("h3", { id: "pointers-title" }, "Labels not at hand"),
      h("p", { class: "soft" }, "Of these label sets only the pointers are here, which tell numbers and no single change."),
      told.map(pointer));
  }

  L.findings = { problems, highlights, pointers };
})(window.labelvc);
