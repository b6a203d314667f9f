"""A server that speaks the review page's API, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "secret-token"


class Api:
    """What the page gets; `refuse` is the error it gets instead of a decision.

    While `answers` is not set, nothing that is posted is answered.
    """

    def __init__(self, page: str, evidence: dict[int, dict[str, Any]], conflicts: list[Any] = ()):  # type: ignore[assignment]
        self.page = page
        self.evidence = evidence
        self.conflicts = list(conflicts)
        self.decisions: dict[int, dict[str, Any]] = {}
        self.steps: list[dict[int, dict[str, Any]]] = []
        self.asked: list[tuple[str, Any]] = []
        self.refuse: dict[str, str] | None = None
        self.answers = threading.Event()
        self.answers.set()

    def get(self, path: str) -> Any:
        return self.evidence[int(path.removeprefix("/api/evidence/"))]

    def post(self, path: str, told: Any) -> Any:
        return getattr(self, "post_" + path.removeprefix("/api/"))(told)

    def post_decide(self, told: Any) -> Any:
        numbers = told.pop("numbers")
        usual = {"decision": None, "comment": ""}
        self.steps.append({number: self.decisions.get(number, usual) for number in numbers})
        for number in numbers:
            self.decisions[number] = {**self.decisions.get(number, usual), **told}
        return {"decisions": {number: self.decisions[number] for number in numbers}}

    def post_undo(self, told: Any) -> Any:
        step = self.steps.pop() if self.steps else {}
        self.decisions.update(step)
        return {"decisions": step, "left": len(self.steps)}

    def post_finish(self, told: Any) -> Any:
        chosen = [one["decision"] for one in self.decisions.values()]
        return {
            "commit": "abc1234def", "accepted": chosen.count("accept"),
            "rejected": chosen.count("reject"), "undecided": 3,
            "patch": ".labelvc/rejected.patch.json", "text": "Committed what was accepted.",
        }  # fmt: skip

    def post_resolve(self, told: Any) -> Any:
        gone = {id for chosen in told["choices"].values() for id in chosen}
        self.conflicts = [one for one in self.conflicts if one["id"] not in gone]
        next_ = None if self.conflicts else "git add labels.json.dvc && git commit"
        return {"left": len(self.conflicts), "next": next_, "conflicts": self.conflicts}


@contextmanager
def serving(api: Api) -> Iterator[str]:
    """The address of the page while the server runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/?"):
                return self.answer(200, api.page.encode(), "text/html")
            self.told(lambda: api.get(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.asked.append((self.path, json.loads(json.dumps(body))))
            api.answers.wait(30)
            self.told(lambda: api.post(self.path, body))

        def told(self, answer: Any) -> None:
            if self.headers.get("X-Labelvc-Token") != TOKEN:
                return self.json(403, {"error": {"message": "no token", "hint": None}})
            if api.refuse and self.command == "POST":
                return self.json(409, {"error": api.refuse})
            self.json(200, answer())

        def json(self, status: int, told: Any) -> None:
            self.answer(status, json.dumps(told).encode(), "application/json")

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/?token={TOKEN}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
