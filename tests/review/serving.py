"""`labelvc review` as a process, for tests that open its page."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reviewing(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of the page, and the process; ended with the block if it has not by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "labelvc", "review", *words, "--no-browser", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["labelvc.review/v1"]["url"], process
    finally:
        process.terminate()
        process.communicate(timeout=20)
