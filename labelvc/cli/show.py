"""Show the labels at a revision; without one, those of the working tree."""

from __future__ import annotations

import argparse

from labelvc.cli.parser import UsageError
from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.repo.history import show
from labelvc.repo.revisions import split_words
from labelvc.report import terminal
from labelvc.report.json_listings import show_json
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc show [REV] [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="default: the working tree")
    parser.add_argument("--sample", metavar="S", help="only this sample")
    parser.add_argument("--stat", action="store_true", help="the counts only")


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "reading labels"):
        revs, names = split_words(repo, args.revs, args.sets)
        if len(revs) > 1:
            raise UsageError(f"one revision can be shown, not {len(revs)}")
        table = show(repo, revs[0] if revs else None, names, sample=args.sample, stat=args.stat)
    if args.json:
        deliver([dumps(show_json(table, stat=args.stat)), "\n"])
    else:
        text = terminal.render_show(table, width=width(), color=has_color(args))
        answer(args, text, paged=True)
    return 0
