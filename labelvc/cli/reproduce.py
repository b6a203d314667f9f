"""Evaluate again what was evaluated before, and compare every metric.

RUN is an MLflow run or the digest of a score record; REV a revision, for the scores measured at it
or on its labels. The commit is checked out beside the repository, whose own files are not touched.
Exit code 0 where the scores are identical or within the tolerance, 1 where they differ.
"""

from __future__ import annotations

import argparse

from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.report.json_scores import reproduced_json
from labelvc.report.json_values import dumps
from labelvc.report.scores import render_reproduced
from labelvc.stages.reproduce import records_of, reproduce

TOLERANCE = 0.001


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc reproduce RUN|REV [--tolerance T] [-- SET...]"
    parser.add_argument("what", metavar="RUN|REV", help="a run, a score record, or a revision")
    parser.add_argument(
        "--tolerance", type=_tolerance, default=TOLERANCE, metavar="T",
        help=f"the difference that is still taken for the same (default {TOLERANCE})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "evaluating again"):
        records = records_of(repo, args.what, args.sets or ())
        found = [reproduce(repo, record, tolerance=args.tolerance) for record in records]
    if args.json:
        deliver([dumps(reproduced_json(found)), "\n"])
    else:
        texts = (render_reproduced(one, width=width(), color=has_color(args)) for one in found)
        answer(args, "\n".join(texts))
    return int(any(one.verdict == "differs" for one in found))


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 1")
    return value
