"""What is printed, and where: colours, the pager, remarks beside the answer."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from labelvc.cli.progress import Waiting
from labelvc.core.progress import watched
from labelvc.repo.writing import write_atomic
from labelvc.report.escape import visible_lines


def has_color(args: argparse.Namespace) -> bool:
    """Colours only on a terminal that shows them, and never against the user's wish."""
    refused = args.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not refused and sys.stdout.isatty()


def width() -> int:
    """Columns of the terminal; 100 where there is none."""
    return shutil.get_terminal_size((100, 24)).columns


def remark(args: argparse.Namespace, message: str) -> None:
    """Say something beside the answer, on stderr."""
    if not args.quiet:
        print(f"labelvc: {visible_lines(message)}", file=sys.stderr)


def answer(args: argparse.Namespace, text: str, *, paged: bool = False) -> None:
    """Print text for people, but not with --quiet.

    `paged`: through the pager where stdout is a terminal, as it may be long.
    """
    if args.quiet or not text:
        return
    pager = _pager() if paged and sys.stdout.isatty() else []
    if pager:
        _page(pager, _ended(text))
    else:
        sys.stdout.write(_ended(text))


def deliver(pieces: Iterable[str], file: str | None = None) -> None:
    """Print what programs read, piece by piece, or write it to a file in one step."""
    if file is not None:
        _write(Path(file).resolve(), _ended("".join(pieces)).encode("utf-8", "backslashreplace"))
        return
    for piece in pieces:
        sys.stdout.write(piece)


def _write(file: Path, content: bytes) -> None:
    """In one step, but into a pipe or device such as /dev/stdout: it must not be replaced."""
    if file.exists() and not file.is_file():
        file.write_bytes(content)
    else:
        write_atomic(file, content)


def tell_steps(args: argparse.Namespace, version: str, steps: list[str]) -> None:
    """What was done, a line each, or as JSON."""
    if args.json:
        deliver([json.dumps({version: {"steps": steps}}, ensure_ascii=False), "\n"])
    else:
        answer(args, "\n".join(steps))


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _pager() -> list[str]:
    """Git's rule: our own variable, then everybody's, then less; `cat` and "" mean none."""
    chosen = os.environ.get("LABELVC_PAGER", os.environ.get("PAGER", "less"))
    command = shlex.split(chosen)
    return command if command[:1] != ["cat"] and command and shutil.which(command[0]) else []


def _page(pager: list[str], text: str) -> None:
    content = text.encode("utf-8", "backslashreplace")
    subprocess.run(pager, input=content, env={"LESS": "FRX", **os.environ})


@contextlib.contextmanager
def patience(args: argparse.Namespace, doing: str) -> Iterator[None]:
    """Shows on a terminal what takes over a second, with bars for loops that are counted."""
    if args.quiet or not sys.stderr.isatty():
        yield
        return
    with Waiting(doing) as waiting, watched(waiting.watch):
        yield
