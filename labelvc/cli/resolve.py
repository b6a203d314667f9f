"""Settle what a merge could not decide.

PATTERN is a conflict's id or its first characters (at least 4), a label's own id, a sample's key or
a shell pattern over those keys; `labelvc conflicts` lists them. Without --with, on a terminal, it
goes through the conflicts and asks.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelvc.cli.conflicts import add_conditions, of_sets, selection
from labelvc.cli.deciding import Open, ask_at_terminal, go_through
from labelvc.cli.parser import UsageError, did_you_mean
from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.core.conflict import CHOICES, Undecided
from labelvc.core.conflict_selection import Selection, check_choice, select
from labelvc.repo.repository import Repository
from labelvc.repo.unfinished import decide, next_step, undecided
from labelvc.report.conflicts_terminal import NOTHING, render_conflict
from labelvc.report.escape import visible, visible_lines
from labelvc.report.json_values import dumps

VERSION = "labelvc.resolve/v1"
Choices = Mapping[str, Mapping[str, str | Path]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = "|".join(("ours", "theirs", "base", "union", "delete", "FILE"))
    parser.usage = f"labelvc resolve [PATTERN ...] [--with {words}] [options]"
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="which conflicts")
    parser.add_argument(
        "--with", metavar="CHOICE", dest="choice",
        help="ours, theirs, base, union (both sides' labels), delete, or a file of labels in the "
        "set's format",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be settled")
    add_conditions(parser)
    parser.add_argument(
        "--set", action="append", metavar="NAME", dest="names", default=[],
        help="only conflicts of this label set, by name or path",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="all conflicts that are open")


def run(args: argparse.Namespace) -> int:
    wanted = selection(args, args.patterns)
    choice = None if args.choice is None else _choice(args.choice)
    _check_usage(args, wanted)
    with repository(args) as repo, patience(args, "reading conflicts"):
        everything = undecided(repo)
        found = select(of_sets(repo, everything, args.names), wanted)
    if not found and not args.json:
        answer(args, NOTHING)
        return 0
    chosen = _asked(args, found) if choice is None else _all(found, choice)
    # Opened anew: Ctrl-C at a question also ends the processes of Git that a repository holds.
    with contextlib.closing(Repository.find()) as repo:
        _settle(args, repo, everything, chosen)
    return 0


def _check_usage(args: argparse.Namespace, wanted: Selection) -> None:
    if args.all and args.patterns:
        raise UsageError("--all and a PATTERN exclude each other")
    if args.choice is not None:
        if not (wanted or args.names or args.all):
            raise UsageError(
                "nothing says which conflicts are meant",
                hint="Name them (`labelvc conflicts` lists them), or give --all.",
            )
    elif args.json or args.quiet or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "nothing says how to settle the conflicts",
            hint="Give --with ours, theirs, base, union, delete or a file of labels; "
            "on a terminal, `labelvc resolve` asks.",
        )


def _choice(word: str) -> str | Path:
    """One of the words, or else the file of that name. Raises UsageError."""
    if word in CHOICES:
        return word
    if Path(word).exists():
        return Path(word)
    hint = did_you_mean(word, CHOICES) or f"Choices: {', '.join(CHOICES)}, or a file of labels."
    raise UsageError(f"--with {word}: neither a choice nor a file", hint=hint)


def _all(found: Sequence[Undecided], choice: str | Path) -> Choices:
    check_choice(found, choice if isinstance(choice, str) else None)
    return {one.name: dict.fromkeys(one.conflicts, choice) for one in found}


def _asked(args: argparse.Namespace, found: Sequence[Undecided]) -> Choices:
    def describe(open_: Open) -> str:
        told = render_conflict(*open_[1:], width=width(), color=has_color(args)).rstrip("\n")
        return f"\n{visible(open_.label_set)}: {told}" if len(found) > 1 else f"\n{told}"

    return go_through(found, ask=ask_at_terminal, show=print, describe=describe)


def _settle(
    args: argparse.Namespace, repo: Repository, everything: Sequence[Undecided], chosen: Choices
) -> None:
    """Do what was chosen (not with --dry-run), and tell what is left."""
    if args.dry_run or not chosen:
        counts = {one.name: len(one.conflicts) for one in everything}
        left = {name: counts[name] - len(choices) for name, choices in chosen.items()}
        _tell(args, chosen, left, None)
        return
    with patience(args, "settling conflicts"):
        left = {one.name: one.left for one in decide(repo, chosen)}
        are_open = any(one.conflicts for one in undecided(repo))
    _tell(args, chosen, left, None if are_open else next_step(repo))


def _tell(
    args: argparse.Namespace, chosen: Choices, left: Mapping[str, int], following: str | None
) -> None:
    """A line a label set, and the next step once nothing is left."""
    if args.json:
        deliver([dumps({VERSION: _json(args, chosen, left, following)}), "\n"])
        return
    done = "would settle" if args.dry_run else "settled"
    lines = [
        f"{name}: {done} {len(choices):,} ({_counted(choices)}), {left[name]:,} left"
        for name, choices in chosen.items()
    ]
    lines += [f"All conflicts are settled: {following} goes on."] if following else []
    answer(args, visible_lines("\n".join(lines)))


def _json(
    args: argparse.Namespace, chosen: Choices, left: Mapping[str, int], following: str | None
) -> dict[str, object]:
    sets = {
        name: {"left": left[name], "choices": {id: str(one) for id, one in choices.items()}}
        for name, choices in chosen.items()
    }
    return {"dry_run": args.dry_run, "sets": sets, "next": following}


def _counted(choices: Mapping[str, str | Path]) -> str:
    """`ours`, or of several choices `ours 2, theirs 1`."""
    counts = Counter(str(choice) for choice in choices.values())
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{choice} {number:,}" for choice, number in counts.most_common())
