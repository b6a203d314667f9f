"""Make or complete a Git and DVC repository for labels.

Run twice it changes nothing, and what is there is never overwritten. A fresh clone needs one
`labelvc init` to get its drivers and hooks back.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from labelvc.cli.screen import tell_steps
from labelvc.repo.config import FILE, TASKS
from labelvc.repo.layout import CI
from labelvc.repo.scaffold import init

EPILOG = f"Tasks: {', '.join(TASKS[:4])},\n{', '.join(TASKS[4:])}."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc init [DIR] [--ci github|gitlab|none] [--task T] [--dry-run]"
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")
    parser.add_argument("--ci", choices=CI, default="none", help="lay down a CI workflow too")
    parser.add_argument("--task", metavar="T", help="what is labelled, see below")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")


def run(args: argparse.Namespace) -> int:
    told = init(Path(args.folder), ci=args.ci, task=args.task, dry_run=args.dry_run)
    new = f"created {FILE}" in told and not args.dry_run
    hint = ["next: labelvc add PATH, and commit the files above with Git"]
    tell_steps(args, "labelvc.init/v1", [*told, *(hint if new and not args.json else ())])
    return 0
