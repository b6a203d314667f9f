"""The part of `labelvc diff` that compares labels and prints the result."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from labelvc.cli.parser import UsageError, settings
from labelvc.cli.screen import answer, deliver, has_color, patience, remark, width
from labelvc.core.comparison import Diff
from labelvc.core.filtering import Filter
from labelvc.core.mailed import mailed, print_patches
from labelvc.formats.pair import Wanted
from labelvc.repo.compare import diff_files, diff_pairs
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair
from labelvc.report import json_report, markdown, terminal

SHOWN = 20


def files(args: argparse.Namespace) -> int:
    """Compare two files or folders."""
    paths = [*args.revs, *(args.sets or ())]
    if len(paths) != 2:
        raise UsageError(f"--no-index compares two paths, not {len(paths)}")
    reading = Wanted(args.format, args.key, settings=settings(args.settings))
    before, after = (Path(path) for path in paths)
    with patience(args, "comparing labels"):
        diff = diff_files(before, after, reading=reading, wanted=chosen(args))
    return finish(args, diff)


def revisions(
    args: argparse.Namespace,
    repo: Repository,
    ends: tuple[Revision, Revision],
    pairs: Sequence[SetPair],
) -> int:
    """Compare the label sets of two revisions."""
    with patience(args, "comparing labels"):
        left_out: list[str] = []
        diff = diff_pairs(repo, ends, pairs, wanted=chosen(args), warn=left_out.append)
    for message in left_out:
        remark(args, message)
    return finish(args, diff)


def chosen(args: argparse.Namespace) -> Filter:
    """The changes that are wanted."""
    wanted = Filter(
        kinds=tuple(args.kind),
        categories=tuple(args.category),
        samples=tuple(args.sample),
        splits=tuple(args.split),
        annotators=tuple(args.annotator),
    )
    if wanted and args.output == "patch":
        raise UsageError("a patch holds all changes: --output patch takes no filter")
    return wanted


def finish(args: argparse.Namespace, diff: Diff) -> int:
    """Print the comparison; the exit code."""
    if args.output == "terminal" and args.file is None:
        answer(args, _terminal(args, diff, color=has_color(args)), paged=True)
    else:
        deliver(_pieces(args, diff), args.file)
    found = any(not comparison.is_empty for comparison in diff.sets)
    return int(found and args.exit_code)


def _pieces(args: argparse.Namespace, diff: Diff) -> Iterable[str]:
    if args.output == "json":
        return json_report.diff_text(diff, stat=args.stat, limit=args.limit)
    if args.output == "jsonl":
        return json_report.diff_jsonl(diff, limit=args.limit)
    if args.output == "patch":
        return [print_patches(mailed(diff))]
    if args.output == "markdown":
        return [markdown.render_diff(diff, stat=args.stat, limit=_shown(args))]
    return [_terminal(args, diff, color=False)]


def _terminal(args: argparse.Namespace, diff: Diff, *, color: bool) -> str:
    return terminal.render_diff(
        diff, width=width(), stat=args.stat, limit=_shown(args), color=color
    )


def _shown(args: argparse.Namespace) -> int:
    """How many changes people are shown of a label set; 0 for all."""
    return SHOWN if args.limit is None else int(args.limit)
