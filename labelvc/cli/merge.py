"""Merge a branch, labels by field, and finish or leave a merge.

`git merge`, `rebase` and `cherry-pick` merge labels just as well in a clone that `labelvc init` has
set up. Exits with 1 where conflicts are left.
"""

from __future__ import annotations

import argparse
import sys

from labelvc.cli.parser import UsageError
from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.core.conflict import Undecided
from labelvc.core.conflict_codec import conflicts_document
from labelvc.repo.merge_verb import Preview, go_on, leave, preview, start
from labelvc.repo.repository import Repository
from labelvc.repo.unfinished import next_step, undecided
from labelvc.report.json_values import dumps

VERSION = "labelvc.merge/v1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc merge (REV [options] | --continue | --abort)"
    parser.add_argument("rev", nargs="?", metavar="REV", help="what to merge into HEAD")
    parser.add_argument(
        "--dry-run", action="store_true", help="only tell what would be merged, and the conflicts"
    )
    parser.add_argument("--no-ff", action="store_true", help="a merge commit in any case")
    parser.add_argument(
        "--no-commit", action="store_true", help="merge, but leave the commit to you"
    )
    parser.add_argument("--continue", action="store_true", dest="go_on", help="finish the merge")
    parser.add_argument(
        "--abort", action="store_true", help="leave the merge, all as it was before"
    )


def run(args: argparse.Namespace) -> int:
    if sum([bool(args.rev), args.go_on, args.abort]) != 1:
        raise UsageError("name one revision to merge, or --continue, or --abort")
    with repository(args) as repo:
        if args.go_on:
            return _told(args, go_on(repo))
        if args.abort:
            return _told(args, leave(repo))
        if args.dry_run:
            with patience(args, "merging labels"):
                found = preview(repo, args.rev)
            return _previewed(args, found)
        sys.stdout.flush()
        options = [
            f"--{name}" for name in ("no-ff", "no-commit") if getattr(args, name.replace("-", "_"))
        ]
        options += ["--quiet"] if args.quiet else []
        status = start(repo, args.rev, options, aside=args.json)
        return _merged(args, repo, status)


def _merged(args: argparse.Namespace, repo: Repository, status: int) -> int:
    """What is left after Git's merge, and how to go on."""
    left = undecided(repo)
    if args.json:
        done = None if left or status else repo.git.commit("HEAD")
        deliver([dumps({VERSION: {"commit": done, **conflicts_document(left)}}), "\n"])
    elif left:
        answer(args, "\n".join([*_counts(left), "`labelvc conflicts` shows them, `labelvc resolve` "
                                f"settles them; then {next_step(repo)}"]))  # fmt: skip
    elif status:
        remark(args, "the merge is not finished: see what Git says above")
    return 1 if left else min(status, 2)


def _counts(left: list[Undecided]) -> list[str]:
    return [
        f"{one.name}: {len(one.conflicts)} conflict{'s' if len(one.conflicts) != 1 else ''}"
        for one in left
    ]


def _told(args: argparse.Namespace, lines: list[str]) -> int:
    if args.json:
        deliver([dumps({VERSION: {"steps": lines}}), "\n"])
    else:
        answer(args, "\n".join(lines))
    return 0


def _previewed(args: argparse.Namespace, found: list[Preview]) -> int:
    left = [one.undecided for one in found if one.undecided]
    if args.json:
        sets = {
            one.name: {
                "path": one.path,
                "taken": one.from_theirs,
                "incoming": one.incoming
                and dict(zip(("added", "removed", "changed"), one.incoming, strict=True)),
            }
            for one in found
        }
        deliver(
            [dumps({VERSION: {"dry_run": True, "sets": sets, **conflicts_document(left)}}), "\n"]
        )
    else:
        answer(args, "\n".join(map(_line, found)) or "no label set would change")
    return 1 if left else 0


def _line(one: Preview) -> str:
    if one.incoming is None:
        return f"{one.name}: would be taken from theirs, ours has not changed it"
    signs = zip(("+", "-", "~"), one.incoming, strict=True)
    told = " ".join(f"{sign}{count}" for sign, count in signs if count) or "nothing new"
    left = len(one.undecided.conflicts) if one.undecided else 0
    return f"{one.name}: {told} from theirs, {left or 'no'} conflict{'s' if left > 1 else ''}"
