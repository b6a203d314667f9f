"""Time and memory of whole processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """The best of several runs: wall seconds, and the peak resident set in MB of any run."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, {self.megabytes:,.0f} MB"


class Failed(Exception):
    """The command did not do its work."""


def measure(command: Sequence[str | Path], *, cwd: Path | None = None, runs: int = 3) -> Measured:
    """Run a command several times; its output is thrown away. Raises Failed with its last words."""
    results = [_run([str(word) for word in command], cwd) for _ in range(runs)]
    return Measured(min(seconds for seconds, _ in results), max(memory for _, memory in results))


def _run(command: Sequence[str], cwd: Path | None) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    words = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise Failed(f"{' '.join(command)}: {words.strip()[-300:]}")
    # kilobytes on Linux, bytes on macOS
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
