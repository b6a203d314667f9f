"""Run by Git's hooks: label files follow their pointers, nothing undecided is committed."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys

from labelvc.core.errors import RepositoryError
from labelvc.repo.hooks import refuse, tell
from labelvc.repo.hooks import run as run_hook
from labelvc.repo.repository import Repository

CHECK = "merge-check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the hook's name")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="what Git gives the hook")


def run(args: argparse.Namespace) -> int:
    try:
        found = Repository.find()
    except RepositoryError as error:
        if "work tree" in error.message:  # DVC's experiments call Git where there is none
            return 0
        raise
    with contextlib.closing(found) as repo:
        if args.name == CHECK:  # asked for by continuous integration; heavier than any hook
            lost = importlib.import_module("labelvc.repo.lost_changes")
            return refuse(lost.merge_check(repo, tell, *args.arguments[:1]))
        return run_hook(repo, args.name, args.arguments, sys.stdin)
