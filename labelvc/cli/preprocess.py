"""Clean, normalise and extract features of the samples of label sets.

Writes a folder a label set, `prepared/SET`, which `dvc.yaml` keeps as an output; the label files
stay as they are. Only samples that changed since the last time are processed again.
"""

from __future__ import annotations

import argparse

from labelvc.cli.screen import answer, deliver, patience
from labelvc.cli.session import repository
from labelvc.report.json_values import dumps
from labelvc.stages.preparing import Preparation, prepare_sets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc preprocess [SET...]"
    parser.add_argument("names", nargs="*", metavar="SET", help="default: every label set")


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "preprocessing"):
        found = prepare_sets(repo, [*args.names, *(args.sets or ())])
    if args.json:
        told = {one.set: {"path": one.path, **one.report} for one in found}
        deliver([dumps({"labelvc.preprocess/v1": {"sets": told}}), "\n"])
    else:
        answer(args, "\n".join(map(_text, found)))
    return 0


def _text(found: Preparation) -> str:
    told = ", ".join(f"{reason} {number}" for reason, number in found.reasons.items())
    lines = [
        f"{found.set}: {found.samples} samples, {found.processed} processed, "
        f"{found.taken_over} taken over  -> {found.path}"
    ]
    if told:
        lines.append(f"  not trained on: {told} (listed in {found.path}/dropped.csv)")
    return "\n".join(lines)
