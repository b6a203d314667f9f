"""A little forge on this machine: as much of GitHub's and GitLab's API as comments need."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-forge"
BOT = {"id": 40, "login": "github-actions[bot]"}
SOMEBODY = {"id": 41, "login": "mallory"}
OWN = 7  # the pull request in question


@dataclass
class Api:
    """What the forge knows, and who asked it for what with which token."""

    url: str = ""
    storage: str = ""
    head: str = "0" * 40
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    size: int | None = None  # what is told of an artifact, if not the truth
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: {OWN: []})
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def say(self, author: dict[str, Any], body: str, number: int = OWN) -> dict[str, Any]:
        """Somebody writes a comment."""
        told = sum(map(len, self.comments.values()))
        comment = {"id": 100 + told, "user": author, "author": author, "body": body}
        self.comments.setdefault(number, []).append(comment)
        return comment

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.comments[OWN]]

    def pack(self, **files: bytes) -> None:
        """The artifact of a run, with files `report_md`, ..."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name.replace("_", "."), content)
        self.artifacts = {"labels-comment": packed.getvalue(), "labels-report": b"for people"}

    def answer(self, method: str, target: str, body: str | None) -> tuple[int, Any]:
        """The status, and what is told; of a redirection the address."""
        split = urlsplit(target)
        parts, query = split.path.strip("/").split("/"), parse_qs(split.query)
        match method, *parts:
            case "GET", "stored", number:
                return 200, list(self.artifacts.values())[int(number)]
            case "GET", "repos", "ada", "labels", "actions", "runs", "9", "artifacts":
                return 200, {"artifacts": self._artifacts()}
            case "GET", "repos", "ada", "labels", "actions", "artifacts", number, "zip":
                return 302, f"{self.storage}/stored/{number}"
            case "GET", "repos", "ada", "labels", "pulls":
                return 200, [one for one in self.pulls if one["head"]["label"] in query["head"]]
            case "GET", "user":
                return 200, BOT
            case "GET", "projects", "1", "merge_requests", "7":
                return 200, {"iid": OWN, "sha": self.head}
            case (_, "repos", "ada", "labels", "issues", number, "comments") | (
                _,
                "projects",
                "1",
                "merge_requests",
                number,
                "notes",
            ) if method in ("GET", "POST"):
                return self._comments(method, int(number), query, body)
            case ("PATCH", "repos", "ada", "labels", "issues", "comments", comment) | (
                "PUT",
                "projects",
                "1",
                "merge_requests",
                "7",
                "notes",
                comment,
            ):
                return self._update(int(comment), body)
        return 404, {"message": f"no such thing: {method} {target}"}

    def _artifacts(self) -> list[dict[str, Any]]:
        where = f"{self.url}/repos/ada/labels/actions/artifacts"
        return [
            {
                "id": number,
                "name": name,
                "size_in_bytes": self.size or len(content),
                "archive_download_url": f"{where}/{number}/zip",
            }
            for number, (name, content) in enumerate(self.artifacts.items())
        ]

    def _comments(
        self, method: str, number: int, query: dict[str, list[str]], body: str | None
    ) -> tuple[int, Any]:
        if method == "POST":
            assert body is not None
            return 201, self.say(BOT, body, number)
        size, page = int(query["per_page"][0]), int(query["page"][0])
        assert size <= 100
        return 200, self.comments.get(number, [])[(page - 1) * size : page * size]

    def _update(self, number: int, body: str | None) -> tuple[int, Any]:
        comments = [one for told in self.comments.values() for one in told]
        (comment,) = (one for one in comments if one["id"] == number)
        if comment["author"] != BOT:
            return 403, {"message": "somebody else's"}
        comment["body"] = body
        return 200, comment


@contextmanager
def serving() -> Iterator[Api]:
    """The forge at one address, and where it stores artifacts at another."""
    api = Api()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(api, asks)) for asks in (True, False)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url, api.storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    try:
        yield api
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(api: Api, asks: bool) -> type[BaseHTTPRequestHandler]:
    """Answers for the forge; `asks` says whether a token has to be shown."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length))["body"] if length else None
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
            api.asked.append((self.command, self.path, token))
            if asks and (token or "").removeprefix("Bearer ") != TOKEN:
                status, told = 401, {"message": "who are you?"}
            else:
                status, told = api.answer(self.command, self.path, sent)
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", told)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = respond

        def log_message(self, *_: Any) -> None:
            """Tests read `asked`."""

    return Handler
