"""Count labels and samples, tell how they are distributed, and compare with an earlier version.

Without --against a label set is compared with the version before its present one. docs/stats.md
says what each number means. --out is what dvc.yaml runs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from labelvc.cli.parser import UsageError
from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.repo.revisions import split_words
from labelvc.report.json_values import dumps
from labelvc.report.stats import render_stats
from labelvc.report.stats_json import stats_json
from labelvc.stages.plots import write_pictures
from labelvc.stages.stats import stats_table, write_stats


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc stats [REV] [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="default: the working tree")
    parser.add_argument("--against", metavar="REV", help="tell the drift since this revision")
    parser.add_argument("--plots", metavar="DIR", help="draw pictures into DIR/SET")
    parser.add_argument(
        "--out", metavar="DIR", help="write one set's metrics, tables and pictures into DIR"
    )


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "counting labels"):
        revs, names = split_words(repo, args.revs, args.sets)
        if len(revs) > 1:
            raise UsageError(f"one revision can be counted, not {len(revs)}")
        table = stats_table(repo, revs[0] if revs else None, names, against=args.against)
        if args.out is not None:
            if len(table.sets) != 1:
                raise UsageError(
                    f"--out takes one label set, not {len(table.sets)}",
                    hint="Name it after `--`: labelvc stats --out DIR -- SET",
                )
            (one,) = table.sets.values()
            write_stats(one.stats, one.drift, Path(args.out))
        if args.plots is not None:
            for name, one in table.sets.items():
                write_pictures(one.stats, one.drift, Path(args.plots) / name)
    if args.json:
        deliver([dumps(stats_json(table)), "\n"])
    else:
        text = render_stats(table, width=width(), color=has_color(args))
        answer(args, text, paged=True)
    return 0
