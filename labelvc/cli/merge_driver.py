"""Run by Git for a pointer that both sides changed: merge the labels it points at."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path

from labelvc.cli.screen import patience, remark
from labelvc.repo.driver import Call, drive
from labelvc.report.escape import visible


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("base", metavar="BASE", help="%%O: the common ancestor")
    parser.add_argument("ours", metavar="OURS", help="%%A: ours, and where the result goes")
    parser.add_argument("theirs", metavar="THEIRS", help="%%B: theirs")
    parser.add_argument("marks", metavar="LENGTH", type=int, help="%%L: length of conflict marks")
    parser.add_argument("path", metavar="PATH", help="%%P: the pointer's path")


def run(args: argparse.Namespace) -> int:
    # a short process with millions of small objects that all live to its end
    gc.disable()
    call = Call(Path(args.base), Path(args.ours), Path(args.theirs), args.marks, args.path)
    told: list[str] = []
    try:
        with patience(args, f"merging {visible(args.path)}"):
            return drive(Path.cwd(), call, told.append)
    finally:
        for line in told:
            remark(args, line)
