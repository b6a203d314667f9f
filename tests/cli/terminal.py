"""A program at a real terminal, and somebody who types."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

INTERRUPT = b"\x03"
END = b"\x04"


def at_a_terminal(
    arguments: Sequence[str], steps: Sequence[tuple[str, bytes]], at: Path
) -> tuple[int, str]:
    """Runs Python with these arguments in a folder: once each text has appeared, keys are typed.

    Returns the exit code and what was shown after the last keys. Fails after 30 s of silence.
    """
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(at)
        os.execv(sys.executable, [sys.executable, *arguments])
    try:
        shown = ""
        for wanted, keys in steps:
            shown = _until(terminal, wanted)
            # What is typed between a question and its reading interrupts nothing.
            select.select([], [], [], 0.3 if keys == INTERRUPT else 0)
            os.write(terminal, keys)
        shown = _until(terminal, None)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown
    except BaseException:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise
    finally:
        os.close(terminal)


def _until(terminal: int, wanted: str | None) -> str:
    """What is shown until a text appears, or (None) until the program ends."""
    seen = ""
    while wanted is None or wanted not in seen:
        assert select.select([terminal], [], [], 30)[0], f"waited for {wanted}, saw {seen}"
        try:
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:  # it has ended
            assert wanted is None, f"ended before {wanted}: {seen}"
            break
    return seen
