"""Show what changed in the labels.

Without revisions: the working tree against HEAD. With one: that revision against the working tree.
With two, or A..B: from A to B. With A...B: from their merge base to B. `-- SET...` limits it to
label sets, by name or path. SET URL: what was changed in a database since SET was exported to it.
"""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from labelvc.cli.database import add_tables, is_address
from labelvc.cli.parser import UsageError, add_settings, did_you_mean, natural
from labelvc.cli.screen import answer
from labelvc.cli.session import repository
from labelvc.repo.revisions import ends, set_pairs, split_words

OUTPUTS = ("terminal", "markdown", "json", "jsonl", "patch")
KINDS = (
    "added", "removed", "relabelled", "moved", "reshaped", "retimed", "edited", "verdict",
    "attributes", "annotator", "confidence", "renamed", "resplit", "media", "renumbered",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "labelvc diff [REV | A B | A..B | A...B] [options] [-- SET...]\n"
        "       labelvc diff SET URL [--schema S] [--prefix P] [options]\n"
        "       labelvc diff --no-index A B [--format F] [options]"
    )
    parser.add_argument("revs", nargs="*", metavar="REV", help="a revision, or a range of them")
    told = parser.add_argument_group("what is told")
    told.add_argument("--stat", action="store_true", help="the counts only")
    told.add_argument("--output", choices=OUTPUTS, help="the form (default: terminal)")
    told.add_argument("-o", metavar="FILE", dest="file", help="write to FILE")
    told.add_argument(
        "--limit", type=natural, metavar="N", help="at most N changes of a label set; 0: all"
    )
    told.add_argument("--exit-code", action="store_true", help="exit with 1 where labels differ")
    for option, help in (
        ("kind", f"one of {', '.join(KINDS)}"),
        ("category", "before or after the change"),
        ("sample", "the sample's key"),
        ("split", "the sample's split"),
        ("annotator", "before or after the change"),
    ):
        told.add_argument(
            f"--{option}", action="append", metavar=option[0].upper(), default=[],
            help=f"only these changes: {help}",
        )  # fmt: skip
    files = parser.add_argument_group("two files or folders, no repository needed")
    files.add_argument("--no-index", action="store_true", help="compare the paths A and B")
    add_settings(files)
    add_tables(parser)


def run(args: argparse.Namespace) -> int:
    args.output = _output(args)
    args.kind = _kinds(args.kind)
    if args.no_index:
        return _compare(args)
    if args.format or args.key or args.settings:
        raise UsageError(
            "--format, --key and --set go with --no-index",
            hint="In a repository labelvc.yaml says how a label set is read.",
        )
    if any(map(is_address, args.revs)):
        return _database(args)
    if args.schema is not None or args.prefix is not None:
        raise UsageError("--schema and --prefix go with the address of a database")
    with repository(args) as repo:
        revs, names = split_words(repo, args.revs, args.sets)
        both = ends(repo, revs)
        pairs = list(set_pairs(repo, *both, names))
        if args.output == "terminal" and not args.file and all(pair.is_equal for pair in pairs):
            answer(args, "No label changes.")
            return 0
        return _compare(args, repo, both, pairs)


def _database(args: argparse.Namespace) -> int:
    """Compare a database with what was exported to it; the driver is loaded here alone."""
    if len(args.revs) != 2 or not is_address(args.revs[1]) or args.sets:
        raise UsageError("a database is compared as in `labelvc diff SET URL`")
    with repository(args) as repo:
        module = importlib.import_module("labelvc.cli.diff_database")
        return int(module.changed(args, repo, *args.revs))


def _compare(args: argparse.Namespace, *revisions: Any) -> int:
    """Compare and print, in a module of its own: it needs polars, equal pointers do not."""
    module = importlib.import_module("labelvc.cli.diff_output")
    return int(module.revisions(args, *revisions) if revisions else module.files(args))


def _output(args: argparse.Namespace) -> str:
    if args.json and args.output not in (None, "json"):
        raise UsageError(f"--json and --output {args.output} exclude each other")
    return args.output or ("json" if args.json else "terminal")


def _kinds(given: list[str]) -> list[str]:
    kinds = [kind for word in given for kind in word.split(",") if kind]
    for kind in kinds:
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or f"Kinds: {', '.join(KINDS)}."
            raise UsageError(f"no such kind of change: {kind!r}", hint=hint)
    return kinds
