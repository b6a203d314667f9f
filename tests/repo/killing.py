"""labelvc in a process of its own that is killed at one of its writes, or at an instant.

The process is forked, so that nothing is imported anew: hundreds of kills take seconds.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import hashlib
import importlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from labelvc.cli.main import main
from tests.data import ROOT

# How to be killed: ("write", number of the call) or ("instant", seconds).
Kill = tuple[str, float]
WRITES = ("fsync", "replace", "rename", "link", "unlink", "write", "mkdir", "rmdir", "symlink")
# What holds no state of ours, or differs from run to run: caches of stats, logs, temporary names.
_TEMPORARY = re.compile(
    r"\.\w{8}$|\.tmp$|\.merge_file|/tmp/|/logs/|\.git/(index|ORIG_HEAD|labelvc/(index/|lock$|synced))"
)


@dataclass(frozen=True)
class Ended:
    """`code` is None where the process was killed."""

    code: int | None
    told: str


def run(at: Path, *arguments: str, kill: Kill | None = None) -> Ended:
    """labelvc in a process of its own, which is killed as `kill` says."""
    told = at.parent / "told"
    order = [str(at), list(arguments), str(told), kill, dict(os.environ)]
    forks = _forks()
    assert forks.stdin and forks.stdout
    forks.stdin.write(json.dumps(order) + "\n")
    forks.stdin.flush()
    code = json.loads(forks.stdout.readline())
    return Ended(None if code < 0 else code, told.read_text())


@cache
def _forks() -> subprocess.Popen[str]:
    """A process that forks: not this one, whose threads would hold locks in its children."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.repo.killing"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(started.terminate)
    return started


def _serve() -> None:
    """Fork as ordered, a line each, and answer with how the child ended."""
    for name in ("commit", "conflicts", "merge", "merge_driver", "resolve", "status"):
        importlib.import_module(f"labelvc.cli.{name}")
    for line in sys.stdin:
        at, arguments, told, kill, environment = json.loads(line)
        os.environ.clear()
        os.environ.update(environment)
        child = os.fork()
        if child == 0:
            _live(Path(at), arguments, Path(told), kill)
        with contextlib.suppress(OSError):
            os.setpgid(child, child)
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(ProcessLookupError):
            while True:  # what it had started ends by itself
                os.killpg(child, 0)
                time.sleep(0.01)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _live(at: Path, arguments: Sequence[str], told: Path, kill: Kill | None) -> None:
    code = 70
    try:
        os.setpgid(0, 0)
        out = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, file in ((0, nothing), (1, out), (2, out)):
            os.dup2(file, stream)
        sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
        os.chdir(at)
        if kill:
            kind, value = kill
            _die_at_instant(value) if kind == "instant" else _die_at_write(int(value))
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def at_instant(seconds: float) -> Kill:
    """Killed after so long."""
    return "instant", seconds


def at_write(number: int) -> Kill:
    """Killed before the `number`-th call that changes the disk: after all that came before."""
    return "write", number


def _die_at_instant(seconds: float) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _die_at_write(number: int) -> None:
    calls = count(1)

    def deadly(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return called

    for name in WRITES:
        setattr(os, name, deadly(getattr(os, name)))
    opening, dangerous = builtins.open, deadly(builtins.open)

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        call = dangerous if set(mode) & set("wax+") else opening
        return call(file, mode, *args, **kwargs)

    builtins.open = io.open = opened  # type: ignore[assignment]


def copied(source: Path, target: Path) -> Path:
    """A copy of a working tree in the place of another."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


def state_of(root: Path) -> str:
    """A hash of what the disk holds: the same for kills that leave the same behind."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not _TEMPORARY.search(name):
            total.update(name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    _serve()
