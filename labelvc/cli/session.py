"""The repository a verb works in."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

from labelvc.cli.screen import remark
from labelvc.repo.replacing import finish_rewriting
from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import installed
from labelvc.repo.sync import sync


@contextlib.contextmanager
def repository(args: argparse.Namespace) -> Iterator[Repository]:
    """The repository around the current folder; says so where this clone has not been set up."""
    with contextlib.closing(Repository.find()) as repo:
        if installed(repo):
            remark(args, "this clone is not set up yet: run `labelvc init` once")
        for line in finish_rewriting(repo):
            remark(args, line)
        # Where no hook did it: a label file that is older than its pointer misleads every verb.
        for line in sync(repo):
            remark(args, line)
        yield repo
