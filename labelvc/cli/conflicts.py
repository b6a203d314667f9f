"""Show what a merge could not decide: base, ours and theirs of each open conflict.

`labelvc resolve` settles them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from labelvc.cli.parser import UsageError, did_you_mean, natural
from labelvc.cli.screen import answer, deliver, has_color, patience, remark, width
from labelvc.cli.session import repository
from labelvc.core.conflict import KINDS, Undecided
from labelvc.core.conflict_codec import conflicts_document
from labelvc.core.conflict_selection import Selection, narrowed
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.repo.unfinished import undecided
from labelvc.report import conflicts_html, conflicts_terminal
from labelvc.report.json_values import dumps
from labelvc.report.numbers import count

OUTPUTS = ("terminal", "json", "html")
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc conflicts [options] [SET ...]"
    parser.add_argument("names", nargs="*", metavar="SET", help="a label set, by name or path")
    told = parser.add_argument_group("what is told")
    told.add_argument("--output", choices=OUTPUTS, help="the form (default: terminal)")
    told.add_argument("-o", metavar="FILE", dest="file", help="write to FILE")
    told.add_argument(
        "--limit", type=natural, metavar="N",
        help=f"at most N conflicts of a label set; 0: all (terminal: {SHOWN})",
    )  # fmt: skip
    told.add_argument("--exit-code", action="store_true", help="exit with 1 where some are open")
    add_conditions(parser)


def add_conditions(parser: argparse.ArgumentParser) -> None:
    """The options that choose conflicts; all that are given have to hold."""
    chosen = parser.add_argument_group("which conflicts")
    for option, help in (
        ("kind", f"one of {', '.join(KINDS)}"),
        ("category", "in any version"),
        ("sample", "the sample's key"),
        ("annotator", "in any version"),
        ("field", "what is undecided: category, shape, text, split, an attribute's name, ..."),
    ):
        chosen.add_argument(
            f"--{option}", action="append", metavar=option[0].upper(), default=[],
            help=f"only these: {help}",
        )  # fmt: skip


def selection(args: argparse.Namespace, patterns: Sequence[str] = ()) -> Selection:
    """What the options ask for. Raises UsageError for a kind that does not exist."""
    kinds = [kind for word in args.kind for kind in word.split(",") if kind]
    for kind in kinds:
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or f"Kinds: {', '.join(KINDS)}."
            raise UsageError(f"no such kind of conflict: {kind!r}", hint=hint)
    return Selection(
        patterns=tuple(patterns),
        kinds=tuple(kinds),
        categories=tuple(args.category),
        samples=tuple(args.sample),
        annotators=tuple(args.annotator),
        fields=tuple(args.field),
    )


def of_sets(repo: Repository, found: Sequence[Undecided], names: Sequence[str]) -> list[Undecided]:
    """Those of the named label sets, all without names. Raises NotFound for an unknown one."""
    if not names:
        return list(found)
    known = {word: one.name for one in found for word in (one.name, one.path)}
    chosen = {known.get(word) or find_set(repo, repo.sets(None), word).name for word in names}
    return [one for one in found if one.name in chosen]


def run(args: argparse.Namespace) -> int:
    wanted, output = selection(args), _output(args)
    with repository(args) as repo, patience(args, "reading conflicts"):
        everything = of_sets(repo, undecided(repo), [*args.names, *(args.sets or ())])
    found = narrowed(everything, wanted)
    if left := _number(everything) - _number(found):
        remark(args, f"{count(left, 'other conflict')} open")
    if output == "terminal" and args.file is None:
        answer(args, _terminal(args, found, color=has_color(args)), paged=True)
    else:
        deliver(_pieces(args, output, found), args.file)
    return int(args.exit_code and _number(found) > 0)


def _output(args: argparse.Namespace) -> str:
    if args.json and args.output not in (None, "json"):
        raise UsageError(f"--json and --output {args.output} exclude each other")
    return args.output or ("json" if args.json else "terminal")


def _number(sets: Sequence[Undecided]) -> int:
    return sum(len(one.conflicts) for one in sets)


def _pieces(args: argparse.Namespace, output: str, found: Sequence[Undecided]) -> Iterable[str]:
    if output == "json":
        return [dumps(conflicts_document(found)), "\n"]
    if output == "html":
        return [conflicts_html.render_conflicts(found, limit=args.limit)]
    return [_terminal(args, found, color=False)]


def _terminal(args: argparse.Namespace, found: Sequence[Undecided], *, color: bool) -> str:
    limit = SHOWN if args.limit is None else args.limit
    return conflicts_terminal.render_conflicts(found, width=width(), limit=limit, color=color)
