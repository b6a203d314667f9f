"""Go through the changes of labels in a browser: accept, reject, comment; then commit.

The page is that of `labelvc report`, served on 127.0.0.1 alone. Revisions as for `labelvc diff`.
Decisions are kept as they are made: stop with Ctrl-C, run it again, and go on. While a merge is
unfinished it shows the conflicts instead.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import sys
import webbrowser

from labelvc.cli.crash import write_log
from labelvc.cli.parser import UsageError, natural
from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import ends, split_words
from labelvc.repo.unfinished import undecided
from labelvc.repo.writing import lock
from labelvc.report.json_values import dumps
from labelvc.report.numbers import count
from labelvc.review.app import App
from labelvc.review.conflicts import ConflictReview
from labelvc.review.finishing import decisions_file, default_reviewer
from labelvc.review.reviewing import Review
from labelvc.review.server import ReviewServer

VERSION = "labelvc.review/v1"
IDLE = 240  # minutes
_IDENTITY = re.compile(r"[^<>\n]*[^<>\s][^<>\n]* <[^<>\s]+>")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc review [REV | A B | A..B | A...B] [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="a revision, or a range of them")
    parser.add_argument(
        "--port", type=natural, default=0, metavar="P", help="the port (default: a free one)"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument(
        "--reviewer", metavar="'NAME <MAIL>'", help="who reviews (default: Git's identity)"
    )
    parser.add_argument(
        "--idle", type=natural, default=IDLE, metavar="MIN",
        help=f"stop after so many minutes without a request (default: {IDLE})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    if args.reviewer is not None and not _IDENTITY.fullmatch(args.reviewer):
        raise UsageError(
            f"--reviewer {args.reviewer}: not a name and an address",
            hint="Write it as Git does: 'Ann Lee <ann@example.org>'.",
        )
    with repository(args) as repo:
        reviewer = args.reviewer or default_reviewer(repo)
        if undecided(repo):
            return _conflicts(args, ConflictReview(repo, reviewer))
        return _changes(args, repo, reviewer)


def _changes(args: argparse.Namespace, repo: Repository, reviewer: str) -> int:
    revs, names = split_words(repo, args.revs, args.sets)
    both = ends(repo, revs)
    with lock(decisions_file(repo, both, names).with_suffix(".lock"), wait=0):
        with patience(args, "comparing labels"):
            review = Review(repo, both, names, reviewer)
        number = len(review.report.items)
        if not number:
            answer(args, "No label changes to review.")
            return 0
        if _serve(args, _server(args, review), count(number, "change")):
            decided = sum(1 for one in review.decisions.told().values() if one["decision"])
            answer(args, f"Stopped: {decided:,} decided, which is kept. Run it again to go on.")
    done = review.finished
    if args.json:
        deliver(
            [dumps({VERSION: {"commit": done and done.commit, "patch": done and done.patch}}), "\n"]
        )
    elif done is not None:
        answer(args, done.text)
    return 0


def _conflicts(args: argparse.Namespace, review: ConflictReview) -> int:
    stopped = _serve(args, _server(args, review), count(review.left, "open conflict"))
    left = review.left
    if args.json:
        deliver([dumps({VERSION: {"left": left}}), "\n"])
    elif stopped or left:
        answer(args, f"Stopped: {count(left, 'conflict')} left.")
    else:
        answer(args, f"All conflicts are settled: {review.following} goes on.")
    return 1 if left else 0


def _server(args: argparse.Namespace, app: App) -> ReviewServer:
    """A bug ends one answer and not the review: it goes into the log of crashes meanwhile."""

    def log(error: Exception) -> None:
        told = f"{type(error).__name__}; {write_log(sys.argv[1:], error)}"
        remark(args, f"this is a bug in labelvc ({told})")

    return ReviewServer(app, args.port, on_bug=log)


def _serve(args: argparse.Namespace, server: ReviewServer, what: str) -> bool:
    """Serve until the end; whether it was stopped before."""
    # polars puts a handler of its own in place, after which Ctrl-C would be waited out
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.closing(server.socket):
        if args.json:
            deliver([dumps({VERSION: {"url": server.url}}), "\n"])
        else:
            print(f"{what} to review at\n  {server.url}\nCtrl-C stops; decisions are kept.")
        sys.stdout.flush()
        if not args.no_browser and sys.stdout.isatty():
            webbrowser.open(server.url)
        try:
            server.serve(args.idle * 60)
        except KeyboardInterrupt:
            return True
    return not server.app.is_done
