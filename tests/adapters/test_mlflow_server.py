"""A real `mlflow server`, and what is none."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from labelvc.adapters import mlflow as scores
from labelvc.core.errors import LabelvcError
from tests.adapters.stores import EXPERIMENT, SOURCE, Other, client, log, no_settings, runs
from tests.core.score_records import numbered, record


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    with no_settings():
        yield


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[str]:
    """The address of a server with a store of its own."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    shutil.copy(blank_store, folder)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    plain = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("w") as told:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**plain, **quiet},
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # the group is the server's alone
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)


def test_a_run_over_http_has_all_of_it(server: str, tmp_path: Path) -> None:
    (tmp_path / "said.parquet").write_bytes(b"PAR1")
    before = time.monotonic()
    logged = log(record(), server, predictions=tmp_path / "said.parquet")
    assert time.monotonic() - before < 30
    (run,) = runs(server, record(), status="FINISHED")
    assert logged.run_id == run.info.run_id and not logged.was_there
    assert run.data.metrics["accuracy_high"] == 0.85
    assert run.data.tags["labelvc.digest"] == "v1:" + "1" * 64
    assert {one.dataset.name for one in run.inputs.dataset_inputs} == {"test", "train"}
    names = {file.path for file in client(server).list_artifacts(run.info.run_id)}
    assert names == {
        *("categories.json", "confusion.json", "confusion.png"),
        *("environment.json", "predictions", "score.json"),
    }
    assert scores.record_of_run(run.info.run_id, uri=server) == record()


def test_the_address_of_a_run_is_its_page(server: str) -> None:
    logged = log(numbered(1), server.replace("://", "://ann:secret@"))
    number = client(server).get_experiment_by_name(EXPERIMENT).experiment_id
    assert logged.url == f"{server}/#/experiments/{number}/runs/{logged.run_id}"


def test_over_http_a_second_time_the_run_is_there(server: str) -> None:
    first, again = log(numbered(2), server), log(numbered(2), server)
    assert (again.run_id, again.was_there) == (first.run_id, True)
    assert scores.find(numbered(2).digest, uri=server, experiment=EXPERIMENT) == first.run_id


def test_two_machines_at_once_leave_one_run(server: str, tmp_path: Path) -> None:
    other = Other.ready(numbered(3), server, tmp_path, "elsewhere")
    other.go()
    logged = log(numbered(3), server)
    code, told = other.end()
    (run,) = runs(server, numbered(3))
    assert run.info.status == "FINISHED"
    assert code == 0 and run.info.run_id in (logged.run_id, told)


def test_what_a_killed_process_left_on_a_server_is_cleared(server: str) -> None:
    own = client(server)
    log(numbered(5), server)
    (run,) = runs(server, numbered(5))
    own.delete_run(run.info.run_id)
    tags = {"labelvc.score": numbered(5).digest}
    left = own.create_run(run.info.experiment_id, start_time=1_000, tags=tags)
    assert log(numbered(5), server).run_id not in (left.info.run_id, run.info.run_id)
    assert [run.info.status for run in runs(server, numbered(5))] == ["FINISHED"]


def test_hostile_names_go_over_http(server: str) -> None:
    names = ["漢字", "😀", "a\0b", "../x", "ap@50", "$x^", "x" * 10_000]
    hostile = numbered(
        4,
        model="models:/a/1\n",
        metrics={"accuracy": 0.5, **dict.fromkeys(names, 0.25)},
        params=dict.fromkeys([*names, *map(str, range(40))], "漢" * 7000),
        categories=[{"category": name} for name in names],
    )
    logged = log(hostile, server)
    assert scores.record_of_run(logged.run_id, uri=server) == hostile


def test_a_server_that_is_down_is_told_within_seconds() -> None:
    uri = f"http://ann:secret@127.0.0.1:{free_port()}"
    before, at = dict(os.environ), time.monotonic()
    with pytest.raises(scores.StoreUnreachable) as error:
        log(record(), uri)
    assert time.monotonic() - at < 10
    shown = uri.replace("ann:secret@", "")
    assert error.value.message == f"MLflow at {shown} does not answer: Connection refused"
    assert f"scores/baseline/{record().digest[:16]}.json" in str(error.value.hint)
    assert "`labelvc evaluate --resume-log` sends it" in str(error.value.hint)
    assert error.value.exit_code == 2
    assert dict(os.environ) == before


def test_reading_from_a_server_that_is_down_is_told() -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(scores.StoreUnreachable, match="does not answer"):
        scores.record_of_run("a" * 32, uri=uri)
    with pytest.raises(scores.StoreUnreachable, match="does not answer"):
        scores.find(record().digest, uri=uri, experiment=EXPERIMENT)


def test_a_host_that_nobody_knows_is_told() -> None:
    with pytest.raises(scores.StoreUnreachable, match="does not answer"):
        log(record(), "http://mlflow.invalid:5000")


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        at = time.monotonic()
        with pytest.raises(scores.StoreUnreachable, match="timed out"):
            log(record(), f"http://127.0.0.1:{mute.getsockname()[1]}")
        assert time.monotonic() - at < 10
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "1"


@contextmanager
def answering(code: int, body: bytes) -> Iterator[str]:
    """The address of a web server that says the same to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as there:
        threading.Thread(target=there.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://ann:secret@127.0.0.1:{there.server_port}"
        there.shutdown()


@pytest.mark.parametrize(
    ("code", "body", "message"),
    [
        (401, b"You are not authenticated", "does not let us in"),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}', "does not let us in"),
        (404, b"<html>", "not as an MLflow server does"),
        (200, b"<html>Log in</html>", "not as an MLflow server does"),
        (500, b"oops", "does not answer: too many 500 error responses"),
        (503, b"", "does not answer: too many 503 error responses"),
        (400, b'{"error_code": "BAD_REQUEST", "message": "x\\nsecond"}', "BAD_REQUEST: x$"),
    ],
)
def test_what_a_server_answers_is_told(code: int, body: bytes, message: str) -> None:
    with answering(code, body) as uri, pytest.raises(LabelvcError, match=message) as error:
        scores.log(record(), uri=uri, experiment=EXPERIMENT, source=SOURCE)
    assert "secret" not in str(error.value)
    assert uri.replace("ann:secret@", "") in error.value.message
