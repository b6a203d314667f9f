"use strict";
// Where evidence comes from and decisions go to: kept in the page, or asked of the review server.
(function (L) {
  const KEPT = 600; // evidence of so many changes is remembered
  const AT_ONCE = 4; // requests under way

  /** A report: everything is in the page. */
  function embedded(data) {
    const reason = (data.evidence_told && data.evidence_told.note) || "";
    const absent = { type: "none", reason: reason || "no picture of this change is kept in this report" };
    const peek = (number) => (data.evidence || {})[number] || absent;
    return { peek, evidence: (number) => Promise.resolve(peek(number)) };
  }

  class Refused extends Error {}

  /**
   * The server that `labelvc review` runs. `lost(true)` is called when it does not answer,
   * `sending(true)` while there are decisions that it has not told to have kept.
   */
  function http({ lost, sending }) {
    const token = new URLSearchParams(window.location.search).get("token") || "";
    const kept = new Map();
    const asked = new Map();
    const queue = [];
    let running = 0;
    let turn = Promise.resolve();
    let unanswered = 0;

    // Who leaves now would lose what is not sent yet: the browser asks first.
    window.addEventListener("beforeunload", (event) => {
      document.activeElement?.blur(); // a comment is kept when its field is left
      if (unanswered) event.preventDefault();
    });

    async function ask(path, body) {
      let response;
      try {
        response = await fetch(path, {
          method: body === undefined ? "GET" : "POST",
          headers: { "X-Labelvc-Token": token, "Content-Type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body),
        });
      } catch {
        lost(true);
        throw new Refused("The review server does not answer");
      }
      lost(false);
      const told = await response.json().catch(() => ({}));
      if (response.ok) return told;
      const { message = `The server answered ${response.status}`, hint } = told.error || {};
      throw new Refused(hint ? `${message} (${hint})` : message);
    }

    function next() {
      if (running >= AT_ONCE || !queue.length) return;
      running += 1;
      const { number, wanted, done, failed } = queue.pop(); // what is in sight was asked for last
      const finished = () => {
        running -= 1;
        asked.delete(number);
        next();
      };
      if (!wanted()) {
        failed(new Refused("no longer in sight"));
        finished();
        return;
      }
      ask(`/api/evidence/${number}`)
        .then((told) => {
          kept.set(number, told);
          if (kept.size > KEPT) kept.delete(kept.keys().next().value);
          done(told);
        }, failed)
        .finally(finished);
    }

    /** The evidence of a change; given up if it is not `wanted` when its turn comes. */
    function evidence(number, wanted = () => true) {
      if (kept.has(number)) return Promise.resolve(kept.get(number));
      const under = asked.get(number);
      if (under) {
        under.wishes.push(wanted);
        return under.promise;
      }
      const wishes = [wanted];
      const promise = new Promise((done, failed) => {
        queue.push({ number, wanted: () => wishes.some((wish) => wish()), done, failed });
      });
      asked.set(number, { promise, wishes });
      window.setTimeout(next, 0);
      return promise;
    }

    /** One after the other, in the order they were made. */
    function post(path, body) {
      unanswered += 1;
      sending(true);
      const answer = turn.then(() => ask(path, body)).finally(() => {
        unanswered -= 1;
        sending(unanswered > 0);
      });
      turn = answer.catch(() => undefined);
      return answer;
    }

    return {
      peek: (number) => kept.get(number),
      evidence,
      forget: () => kept.clear(),
      decide: (numbers, told) => post("/api/decide", { numbers, ...told }),
      undo: () => post("/api/undo", {}),
      finish: (message) => post("/api/finish", { message }),
      resolve: (choices) => post("/api/resolve", { choices }),
    };
  }

  L.backend = { embedded, http };
})(window.labelvc);
