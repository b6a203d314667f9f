"""Show which commit last changed each label of a label set, and how.

Without REV: the labels of the working tree, where what is not committed is told as such. A commit
marked ^ is the oldest one to be seen: the label may be older.
"""

from __future__ import annotations

import argparse

from labelvc.cli.parser import UsageError, natural
from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.core.filtering import Filter
from labelvc.repo.blaming import blamed
from labelvc.repo.revisions import split_words
from labelvc.report.blame import blame_json, render_blame
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc blame SET [REV] [options]"
    parser.add_argument(
        "words", nargs="+", metavar="SET [REV]", help="a label set, by name or path"
    )
    for option, help in (
        ("sample", "only labels of this sample"),
        ("category", "only labels of this category"),
        ("label", "only the label of this native id"),
    ):
        metavar = "ID" if option == "label" else option[0].upper()
        parser.add_argument(f"--{option}", action="append", metavar=metavar, default=[], help=help)
    parser.add_argument("--since", metavar="REV", help="take what REV has for given")
    parser.add_argument(
        "--limit", type=natural, metavar="N", default=20, help="list N labels (default: 20); 0: all"
    )


def run(args: argparse.Namespace) -> int:
    wanted = Filter(
        samples=tuple(args.sample), categories=tuple(args.category), labels=tuple(args.label)
    )
    with repository(args) as repo, patience(args, "walking through the history"):
        revs, names = split_words(repo, args.words, None)
        if len(names) != 1 or len(revs) > 1:
            raise UsageError(
                f"one label set at one revision, not {len(names)} at {len(revs)}",
                hint="labelvc blame train HEAD~3",
            )
        told = blamed(repo, names[0], revs[0] if revs else None, wanted=wanted, since=args.since)
    if args.json:
        deliver([dumps(blame_json(told)), "\n"])
    else:
        text = render_blame(told, width=width(), limit=args.limit, color=has_color(args))
        answer(args, text, paged=True)
    return 0
