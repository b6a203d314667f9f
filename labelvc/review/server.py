"""The review server: one app on 127.0.0.1, for whoever knows the token.

Other pages in the same browser can send requests here. So nothing is answered without the token,
which is in no cookie; a request whose Host is another name is refused (a name that was made to
mean 127.0.0.1), as is one that says it comes from another site. No address names a file.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.report.json_values import dumps
from labelvc.review.app import App

HOST = "127.0.0.1"
_MOST_BYTES = 4_000_000  # of a request: a filter of 100,000 changes is less than 1 MB
_PATIENCE = 30.0  # seconds for a client to send its request
_GRACE = 5.0  # seconds at most for the last answers to get out
_POLL = 0.25
_EVIDENCE = re.compile(r"/api/evidence/(\d{1,9})")
_MEDIA = re.compile(r"/media/(\d{1,9})/([a-z0-9-]{1,40})")
_ACTION = re.compile(r"/api/([a-z]{1,20})")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Refused(Exception):
    """A request that is not answered, with why."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class ReviewServer(ThreadingHTTPServer):
    """Serves one app until it is done."""

    daemon_threads = True
    timeout = _POLL

    def __init__(
        self, app: App, port: int = 0, *, on_bug: Callable[[Exception], object] = lambda error: None
    ) -> None:
        """Listens on a port, or a free one. Raises LabelvcError where that is taken.

        `on_bug` is called with what should not have been raised; the page is told too.
        """
        self.app = app
        self.on_bug = on_bug
        self.token = secrets.token_urlsafe(32)
        self.asked = time.monotonic()
        self._answering = 0
        self._counting = threading.Lock()
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            said = error.strerror if isinstance(error, OSError) else "no such port"
            raise LabelvcError(
                f"port {port} of {HOST}: {said}",
                hint="Give another --port, or none for a free one.",
            ) from None
        self.names = frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    @property
    def url(self) -> str:
        """What to open in the browser; the token is in it."""
        return f"http://{HOST}:{self.server_port}/?token={self.token}"

    def serve(self, idle: float) -> None:
        """Answer until the app is done, or nobody asked for `idle` seconds."""
        while not self.app.is_done and time.monotonic() - self.asked < idle:
            self.handle_request()
        end = time.monotonic() + _GRACE
        while self._answering and time.monotonic() < end:
            time.sleep(_POLL / 10)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Each in a thread of its own, and counted until its answer is out."""
        with self._counting:
            self._answering += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one request."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._counting:
                self._answering -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle of an answer is no error."""


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: ReviewServer
    server_version = "labelvc"
    sys_version = ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """The page, evidence, or a file of it."""
        self._answer(self._got)

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self._answer(self._got)

    def do_POST(self) -> None:
        """An action of the app."""
        self._answer(self._posted)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the reviewer's."""

    def _answer(self, work: Callable[[], tuple[str, bytes]]) -> None:
        self.server.asked = time.monotonic()
        try:
            self._admit()
            kind, content = work()
            status = HTTPStatus.OK
        except Refused as refused:
            status, kind, content = refused.status, _JSON, _error(str(refused))
        except NotFound as error:
            status, kind, content = HTTPStatus.NOT_FOUND, _JSON, _error(error.message, error.hint)
        except LabelvcError as error:
            status, kind, content = HTTPStatus.CONFLICT, _JSON, _error(error.message, error.hint)
        except Exception as error:
            self.server.on_bug(error)
            told = f"this is a bug in labelvc ({type(error).__name__}: {error})"
            status, kind = HTTPStatus.INTERNAL_SERVER_ERROR, _JSON
            content = _error(told, "What was decided so far is kept.")
        self.send_response(status)
        for name, value in {
            **_HEADERS,
            "Content-Type": kind,
            "Content-Length": str(len(content)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _admit(self) -> None:
        """Refuse who does not know the token, or comes from elsewhere."""
        if self.headers.get("Host") not in self.server.names:
            raise Refused(HTTPStatus.FORBIDDEN, "this server answers to 127.0.0.1 only")
        origin = self.headers.get("Origin")
        own = {f"http://{name}" for name in self.server.names}
        site = self.headers.get("Sec-Fetch-Site", "none")
        if (origin is not None and origin not in own) or site not in ("none", "same-origin"):
            raise Refused(HTTPStatus.FORBIDDEN, "this request comes from another site")
        given = self.headers.get("X-Labelvc-Token") or _query(self.path).get("token", "")
        if not hmac.compare_digest(given.encode(), self.server.token.encode()):
            raise Refused(HTTPStatus.FORBIDDEN, "the token is missing or wrong")

    def _got(self) -> tuple[str, bytes]:
        path, app = urlsplit(self.path).path, self.server.app
        if path == "/":
            return "text/html; charset=utf-8", app.page().encode()
        if found := _EVIDENCE.fullmatch(path):
            return _JSON, dumps(app.evidence(int(found[1]), self._url)).encode()
        if found := _MEDIA.fullmatch(path):
            blob = app.blob(int(found[1]), found[2])
            return blob.type, blob.content
        raise Refused(HTTPStatus.NOT_FOUND, "there is nothing at this address")

    def _posted(self) -> tuple[str, bytes]:
        found = _ACTION.fullmatch(urlsplit(self.path).path)
        action = self.server.app.actions.get(found[1]) if found else None
        if action is None:
            raise Refused(HTTPStatus.NOT_FOUND, "there is nothing at this address")
        return _JSON, dumps(action(self._body())).encode()

    def _body(self) -> Mapping[str, Any]:
        if self.headers.get_content_type() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "the request does not tell its length")
        if int(length) > _MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too large")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "expected a JSON object")
        return body

    def _url(self, number: int, name: str) -> str:
        return f"/media/{number}/{name}?token={self.server.token}"


_JSON = "application/json"


def _query(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def _error(message: str, hint: str | None = None) -> bytes:
    return dumps({"error": {"message": message, "hint": hint}}).encode()
