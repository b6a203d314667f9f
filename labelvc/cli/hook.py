"""Run by Git's hooks: bring label files to the versions that their pointers name."""

from __future__ import annotations

import argparse
import contextlib

from labelvc.repo.hooks import run as run_hook
from labelvc.repo.repository import Repository


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the hook's name")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="what Git gives the hook")


def run(args: argparse.Namespace) -> int:
    with contextlib.closing(Repository.find()) as repo:
        return run_hook(repo, args.name, args.arguments)
