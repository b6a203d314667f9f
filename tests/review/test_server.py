"""The review server over real HTTP: what it answers, and whom."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import ends
from labelvc.review.reviewing import Review
from labelvc.review.server import ReviewServer
from tests.review.reviewed import Reviewed

BOB = "Bob Lee <bob@example.org>"


@dataclass
class Client:
    port: int
    token: str

    def ask(
        self, path: str, body: Any = None, *, method: str | None = None, **headers: str | None
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, answer and headers; keywords set headers (`_` for `-`) or, as None, leave out."""
        sent: dict[str, str | None] = {
            "X-Labelvc-Token": self.token,
            "Host": f"127.0.0.1:{self.port}",
        }
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(
            method or ("GET" if body is None else "POST"), path, skip_host=True,
            skip_accept_encoding=True,
        )  # fmt: skip
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(None if body is None else content)
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, json.loads(told) if is_json else told, dict(answer.headers)


@contextmanager
def serving(repo: Repository) -> Iterator[Client]:
    """A server in a thread, until the block ends."""
    server = ReviewServer(Review(repo, ends(repo, ["main...fix"]), [], BOB))
    thread = threading.Thread(target=server.serve, args=[60])
    thread.start()
    yield Client(server.server_port, server.token)
    server.asked = -1e9  # as if nobody had asked for long
    thread.join()
    server.server_close()


@pytest.fixture
def served(change: Reviewed) -> Iterator[Client]:
    with serving(change.repo) as client:
        yield client


@pytest.fixture(scope="module")
def standing(built: Path) -> Iterator[Client]:
    """One for all tests that change nothing."""
    with contextlib.closing(Repository.find(built)) as repo, serving(repo) as client:
        yield client


def test_the_page_holds_the_report_and_no_other_page_may_frame_it(standing: Client) -> None:
    status, page, headers = standing.ask(f"/?token={standing.token}", X_Labelvc_Token=None)
    assert status == 200 and b'"mode":"review"' in page and b"Bob Lee" in page
    assert headers["X-Frame-Options"] == "DENY" and headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_evidence_names_its_files_by_address(standing: Client) -> None:
    numbers = range(5)
    told = [standing.ask(f"/api/evidence/{number}")[1] for number in numbers]
    assert {one["type"] for one in told} == {"image", "text", "none"}
    picture = next(one for one in told if one["type"] == "image")
    status, content, headers = standing.ask(picture["src"], X_Labelvc_Token=None)
    assert status == 200 and headers["Content-Type"].startswith("image/")
    assert content[:3] == b"\xff\xd8\xff" or content[:8] == b"\x89PNG\r\n\x1a\n"


def test_decisions_are_answered_and_kept(served: Client) -> None:
    _, told, _ = served.ask("/api/decide", {"numbers": [0, 2], "decision": "accept"})
    assert told["decisions"]["2"] == {"decision": "accept", "comment": ""}
    served.ask("/api/decide", {"numbers": [2], "comment": "sure?"})
    _, told, _ = served.ask("/api/undo", {})
    assert told == {"decisions": {"2": {"decision": "accept", "comment": ""}}, "left": 1}
    page = served.ask("/")[1].decode()
    found = re.search(r'"decisions":(\{.*?\}\})', page)
    assert found and json.loads(found[1]).keys() == {"0", "2"}


def test_finish_commits_and_is_the_end(served: Client, change: Reviewed) -> None:
    served.ask("/api/decide", {"numbers": [0, 1, 2, 3, 4], "decision": "accept"})
    status, told, _ = served.ask("/api/finish", {"message": "All fine"})
    assert status == 200 and told["accepted"] == 5 and told["patch"] is None
    assert change.project.git("log", "-1", "--format=%H %s") == f"{told['commit']} All fine"


def test_a_branch_that_went_on_is_not_finished_over(served: Client, change: Reviewed) -> None:
    served.ask("/api/decide", {"numbers": [0], "decision": "accept"})
    change.project.commit("Something else")
    status, told, _ = served.ask("/api/finish", {"message": ""})
    assert status == 409 and "changed since" in told["error"]["message"]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"X_Labelvc_Token": None}),
        (403, {"X_Labelvc_Token": "guess"}),
        (403, {"X_Labelvc_Token": "é"}),
        (403, {"Host": "evil.example"}),
        (403, {"Host": None}),
        (403, {"Host": "127.0.0.1:1"}),
        (403, {"Origin": "https://evil.example"}),
        (403, {"Origin": "null"}),
        (403, {"Sec_Fetch_Site": "cross-site"}),
        (403, {"Sec_Fetch_Site": "same-site"}),
        (200, {"Sec_Fetch_Site": "same-origin"}),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/evidence/0"])
def test_strangers_get_no_answer(
    standing: Client, path: str, status: int, headers: dict[str, str | None]
) -> None:
    found, told, _ = standing.ask(path, **headers)
    assert found == status
    assert status == 200 or b"labelvc.report" not in (told if isinstance(told, bytes) else b"")


def test_strangers_decide_nothing(standing: Client) -> None:
    body = {"numbers": [0], "decision": "accept"}
    for headers in ({"X_Labelvc_Token": None}, {"Origin": "http://evil.example"}):
        assert standing.ask("/api/decide", body, **headers)[0] == 403
    assert b'"decisions":{}' in standing.ask("/")[1]


@pytest.mark.parametrize(
    "path",
    [
        "/../labelvc.yaml", "/media/0/../../labelvc.yaml", "/media/0/%2e%2e%2flabelvc.yaml",
        "/labels/cells.json", "//etc/passwd", "/media/999/picture", "/media/0/other",
        "/api/evidence/999", "/api/evidence/-1", "/api/evidence/" + "9" * 30, "/api/finish",
        "/x?y=%00",
    ],
)  # fmt: skip
def test_no_address_names_a_file(standing: Client, path: str) -> None:
    status, told, _ = standing.ask(path)
    assert status == 404 and told["error"]["message"]


@pytest.mark.parametrize(
    ("status", "path", "body", "headers"),
    [
        (400, "/api/decide", b"{", {}),
        (400, "/api/decide", b"[" * 50_000, {}),
        (400, "/api/decide", [1], {}),
        (404, "/api/other", {}, {}),
        (404, "/", {}, {}),
        (409, "/api/decide", {"numbers": [99], "decision": "accept"}, {}),
        (409, "/api/decide", {"numbers": "all"}, {}),
        (409, "/api/finish", {"message": 5}, {}),
        (413, "/api/decide", b"", {"Content_Length": "99999999"}),
        (411, "/api/decide", b"", {"Content_Length": None}),
        (411, "/api/decide", b"", {"Content_Length": "-1"}),
        (415, "/api/decide", {}, {"Content_Type": "text/plain"}),
        (501, "/api/decide", {}, {"method": "DELETE"}),
    ],
)
def test_what_is_no_request_is_told_so(
    standing: Client, status: int, path: str, body: Any, headers: dict[str, Any]
) -> None:
    assert standing.ask(path, body, **headers)[0] == status


def test_a_port_that_is_taken_is_told(served: Client, change: Reviewed) -> None:
    with pytest.raises(LabelvcError, match=f"port {served.port} of 127.0.0.1"):
        ReviewServer(None, served.port)  # type: ignore[arg-type]


def started(change: Reviewed, *words: str) -> tuple[subprocess.Popen[str], Client]:
    command = [sys.executable, "-m", "labelvc", "review", *words, "--no-browser", "--json"]
    process = subprocess.Popen(
        command, cwd=change.project.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["labelvc.review/v1"]["url"]
    port, token = re.findall(r":(\d+)/\?token=(.*)", url)[0]
    return process, Client(int(port), token)


def test_a_crash_loses_no_decision_and_a_second_server_is_refused(change: Reviewed) -> None:
    process, client = started(change, "main...fix")
    client.ask("/api/decide", {"numbers": [1, 3], "decision": "reject", "comment": "no"})
    second = subprocess.run(
        [sys.executable, "-m", "labelvc", "review", "main...fix", "--no-browser"],
        cwd=change.project.path, capture_output=True, text=True,
    )  # fmt: skip
    assert second.returncode == 2 and str(process.pid) in second.stderr
    process.send_signal(signal.SIGKILL)
    process.communicate()
    again, client = started(change, "main...fix")
    page = client.ask("/")[1].decode()
    assert page.count('"decision":"reject","comment":"no"') == 2
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=20)
    assert again.returncode == 0


def test_the_process_ends_with_the_review(change: Reviewed) -> None:
    process, client = started(change, "main...fix", "--reviewer", "Eve <eve@example.org>")
    client.ask("/api/decide", {"numbers": [0, 1, 2, 3, 4], "decision": "accept"})
    _, told, _ = client.ask("/api/finish", {"message": "Fine"})
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert json.loads(out)["labelvc.review/v1"] == {"commit": told["commit"], "patch": None}
    assert change.project.git("log", "-1", "--format=%an") == "Eve"


def test_nobody_asking_ends_the_server(change: Reviewed) -> None:
    review = Review(change.repo, ends(change.repo, ["main...fix"]), [], BOB)
    server = ReviewServer(review)
    begun = time.monotonic()
    server.serve(0.5)
    server.server_close()
    assert 0.5 <= time.monotonic() - begun < 10 and not review.is_done


def test_without_changes_there_is_nothing_to_serve(change: Reviewed) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labelvc", "review"],
        cwd=change.project.path, capture_output=True, text=True, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0 and "No label changes to review." in done.stdout


@pytest.mark.parametrize("reviewer", ["Bob", "<a@b>", "Bob <a b>", "Bob <a@b>\nX: y"])
def test_a_reviewer_has_a_name_and_an_address(change: Reviewed, reviewer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "labelvc", "review", "--reviewer", reviewer],
        cwd=change.project.path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "not a name and an address" in done.stderr


class Broken:
    """An app with a bug."""

    is_done = False

    def page(self) -> str:
        raise RuntimeError("oh")


def test_a_bug_is_told_to_the_page_and_to_whoever_runs_the_server() -> None:
    bugs: list[Exception] = []
    server = ReviewServer(Broken(), on_bug=bugs.append)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve, args=[60])
    thread.start()
    status, told, _ = Client(server.server_port, server.token).ask("/")
    server.asked = -1e9
    thread.join()
    server.server_close()
    assert status == 500 and "RuntimeError: oh" in told["error"]["message"]
    assert [str(bug) for bug in bugs] == ["oh"]
