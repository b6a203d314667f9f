"""Run by `git diff`, `show` and `log -p` on pointers: print the labels they point at."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from labelvc.cli.screen import deliver
from labelvc.repo.repository import Repository
from labelvc.repo.textconv import render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the pointer, as Git hands it over")


def run(args: argparse.Namespace) -> int:
    with contextlib.closing(Repository.find()) as repo:
        deliver([render(Path(args.file), repo)])
    return 0
