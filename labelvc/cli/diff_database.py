"""The part of `labelvc diff` that asks a database."""

from __future__ import annotations

import argparse

from labelvc.adapters.database_diff import check_name, diff_database
from labelvc.cli.database import declared, opened
from labelvc.cli.diff_output import chosen, finish
from labelvc.cli.screen import answer, patience
from labelvc.repo.repository import Repository


def changed(args: argparse.Namespace, repo: Repository, name: str, url: str) -> int:
    """Tell what was changed in a database; the exit code."""
    label_set = declared(repo, name)
    database = opened(args, repo, url, label_set.name)
    with patience(args, "asking the database"):
        changes = database.changes()
        check_name(database, changes, label_set)
        diff = diff_database(database, changes, label_set, chosen(args))
    if args.output == "terminal" and not args.file and not diff.sets:
        answer(args, "No label changes.")
        return 0
    return finish(args, diff)
