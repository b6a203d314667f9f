"""Check the labels, store them in DVC, and commit their pointers.

Only what tells which labels there are goes into the commit: pointers, labelvc.yaml, .gitignore,
label files that plain Git tracks. Other staged work stays staged. Exits with 1 where there is
nothing to commit, as Git does.
"""

from __future__ import annotations

import argparse

from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.core.issue import told
from labelvc.repo.checking import listed
from labelvc.repo.committing import Committed, commit
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc commit -m MSG [options] [-- SET...]"
    parser.add_argument(
        "-m", action="append", required=True, metavar="MSG", dest="message",
        help="the message; given again, a further paragraph",
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="SET", help="a label set, by name or path")
    parser.add_argument("--no-check", action="store_true", help="commit labels with errors too")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be committed")
    parser.add_argument("--allow-empty", action="store_true", help="commit without any change")


def run(args: argparse.Namespace) -> int:
    message = "\n\n".join(args.message)
    with repository(args) as repo, patience(args, "reading labels"):
        made = commit(
            repo,
            message,
            [*args.names, *(args.sets or ())],
            unchecked=args.no_check,
            dry_run=args.dry_run,
            allow_empty=args.allow_empty,
        )
    _remarks(args, made)
    if args.json:
        deliver([dumps({"labelvc.commit/v1": _json(made)}), "\n"])
    else:
        answer(args, _text(made, message, dry_run=args.dry_run))
    return 0 if made.sha or made.paths or made.summaries else 1


def _remarks(args: argparse.Namespace, made: Committed) -> None:
    for name, issues in made.warnings.items():
        for line in listed(issues):
            remark(args, f"{name}: warning: {line}")
    for note in made.notes:
        remark(args, note)


def _text(made: Committed, message: str, *, dry_run: bool) -> str:
    sets = [f"  {name}: {line}" for name, line in made.summaries.items()]
    if made.sha:
        return "\n".join([f"[{made.branch} {made.sha[:10]}] {message.splitlines()[0]}", *sets])
    if dry_run and (made.paths or sets):
        return "\n".join(["would commit:", *(sets or [f"  {path}" for path in made.paths])])
    return "nothing to commit, the labels are as in HEAD"


def _json(made: Committed) -> dict[str, object]:
    return {
        "commit": made.sha,
        "sets": dict(made.summaries),
        "paths": list(made.paths),
        "warnings": {name: [told(i) for i in issues] for name, issues in made.warnings.items()},
        "notes": list(made.notes),
    }
