"""Write the report of a change of labels: for the pull request, for the browser, for programs.

DIR gets `report.md` (fewer than 65,536 characters, for the comment), `report.html` (one file that
opens from disk) and `report.json`. Revisions as for `labelvc diff`. Labels that are not at hand
are told by their pointers; of media only the pictures that are shown are fetched.
"""

from __future__ import annotations

import argparse

from labelvc.cli.parser import UsageError, natural
from labelvc.cli.screen import answer, deliver, patience
from labelvc.cli.session import repository
from labelvc.repo.revisions import ends, split_words
from labelvc.review.writing import Limits, write_report

PICTURES = 500
MEGABYTES = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc report [REV | A B | A..B | A...B] -o DIR [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="a revision, or a range of them")
    parser.add_argument("-o", metavar="DIR", dest="folder", help="the folder to write to")
    parser.add_argument(
        "--pictures", type=natural, default=PICTURES, metavar="N",
        help=f"media of at most N changes go into report.html (default: {PICTURES}; 0: none)",
    )  # fmt: skip
    parser.add_argument(
        "--megabytes", type=natural, default=MEGABYTES, metavar="MB",
        help=f"and of at most so many megabytes (default: {MEGABYTES})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    if args.folder is None and not args.json:
        raise UsageError("nothing says where to write the report", hint="Give a folder: -o DIR.")
    with repository(args) as repo, patience(args, "writing the report"):
        revs, names = split_words(repo, args.revs, args.sets)
        limits = Limits(args.pictures, args.megabytes * 1_000_000)
        written = write_report(repo, ends(repo, revs), names, args.folder, limits=limits)
    if args.json:
        deliver([written.json])
    else:
        answer(args, "\n".join([written.verdict, *(f"  {path}" for path in written.paths)]))
    return 0
