"""Run by `labelvc reproduce` in a separate working tree: make an evaluation again.

FILE is a score record; the new one is written into another file, and nothing else is kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from labelvc.cli.screen import deliver, patience
from labelvc.cli.session import repository
from labelvc.core.record import parse_record
from labelvc.stages.reproduce import measure_again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the score record")
    parser.add_argument(
        "--into", metavar="FILE", required=True, help="where the new one is written"
    )


def run(args: argparse.Namespace) -> int:
    record = parse_record(Path(args.file).read_bytes(), args.file)
    with repository(args) as repo, patience(args, "evaluating again"):
        deliver([measure_again(repo, record).to_json()], args.into)
    return 0
