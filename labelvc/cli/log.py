"""List the commits that touched labels, newest first, with what they changed.

With `--sample` or `--label` that sample's or label's own history.
"""

from __future__ import annotations

import argparse
import itertools

from labelvc.cli.parser import UsageError, natural
from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.core.filtering import Filter
from labelvc.repo.history import log
from labelvc.repo.revisions import split_words
from labelvc.report import terminal
from labelvc.report.json_listings import log_json
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc log [REV] [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="where to begin (default: HEAD)")
    parser.add_argument("-n", type=natural, metavar="N", dest="limit", help="at most N commits")
    parser.add_argument("--sample", metavar="S", help="only changes of this sample")
    parser.add_argument("--label", metavar="ID", help="only changes of this label, by native id")


def run(args: argparse.Namespace) -> int:
    wanted = Filter(
        samples=(args.sample,) if args.sample is not None else (),
        labels=(args.label,) if args.label is not None else (),
    )
    with repository(args) as repo, patience(args, "comparing labels"):
        revs, names = split_words(repo, args.revs, args.sets)
        if len(revs) > 1:
            raise UsageError(f"the log begins at one revision, not {len(revs)}")
        found = log(repo, revs[0] if revs else "HEAD", names, wanted=wanted)
        entries = list(itertools.islice(found, args.limit))
    if args.json:
        deliver([dumps(log_json(entries)), "\n"])
    else:
        text = terminal.render_log(entries, width=width(), color=has_color(args))
        answer(args, text, paged=True)
    return 0
