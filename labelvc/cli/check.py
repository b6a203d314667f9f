"""Tell of problems in the labels: at a revision, or (by default) in the working tree.

With --against only what that revision does not have counts. Exits with 1 where there are errors,
with --strict also where there are warnings. docs/check.md lists the codes; labelvc.yaml sets how
severe each of them is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from labelvc import __version__
from labelvc.cli.parser import UsageError, did_you_mean, natural
from labelvc.cli.screen import answer, deliver, has_color, patience, remark, width
from labelvc.cli.session import repository
from labelvc.core.check_rules import RULES
from labelvc.core.checked import Checked
from labelvc.core.errors import NotFound
from labelvc.repo.check_sets import check_sets
from labelvc.repo.revisions import WORKING_TREE, revision, split_words
from labelvc.report.check_forges import github_lines, gitlab_json
from labelvc.report.check_json import check_json
from labelvc.report.check_sarif import sarif_json
from labelvc.report.check_terminal import SHOWN, render_check
from labelvc.report.json_values import dumps

OUTPUTS = ("terminal", "json", "sarif", "github", "gitlab")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc check [REV] [options] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="default: the working tree")
    parser.add_argument("--against", metavar="REV", help="only issues that are new since REV")
    parser.add_argument("--strict", action="store_true", help="exit with 1 on warnings too")
    told = parser.add_argument_group("what is told")
    told.add_argument("--output", choices=OUTPUTS, help="the form (default: terminal)")
    told.add_argument("-o", metavar="FILE", dest="file", help="write to FILE")
    told.add_argument(
        "--code", action="append", metavar="C", default=[], help="only issues of this code"
    )
    told.add_argument("--severity", choices=("error", "warning"), help="error: no warnings")
    told.add_argument(
        "--limit", type=natural, metavar="N",
        help=f"at most N issues of a code in a set; 0: all (default: 0; {SHOWN} on a terminal)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    output, codes = _output(args), _codes(args.code)
    with repository(args) as repo, patience(args, "checking labels"):
        revs, names = split_words(repo, args.revs, args.sets)
        if len(revs) > 1:
            raise UsageError(
                f"one revision can be checked, not {len(revs)}",
                hint="Compare with another: labelvc check REV --against REV",
            )
        end = revision(repo, revs[0]) if revs else WORKING_TREE
        base = revision(repo, args.against) if args.against else None
        checked = check_sets(repo, end, names, against=base)
    if checked.unchecked and not checked.sets:
        name, why = checked.unchecked[0]
        raise NotFound(f"nothing could be checked: {name}: {why}")
    checked = checked.only(codes, "error" if args.severity == "error" else None)
    _tell(args, output, checked)
    counts = checked.counts()
    return int(bool(counts["error"] or (args.strict and counts["warning"])))


def _tell(args: argparse.Namespace, output: str, checked: Checked) -> None:
    if output == "terminal" and args.file is None:
        answer(args, _terminal(args, checked, color=has_color(args)), paged=True)
        return
    deliver(_pieces(args, output, checked), args.file)
    if output != "json":
        for name, why in checked.unchecked:
            remark(args, f"{name} was not checked: {why}")


def _pieces(args: argparse.Namespace, output: str, checked: Checked) -> Iterable[str]:
    limit = args.limit or 0
    if output == "github":
        return github_lines(checked, limit)
    if output == "terminal":
        return [_terminal(args, checked, color=False)]
    if output == "json":
        return [dumps(check_json(checked, limit)), "\n"]
    if output == "sarif":
        return [dumps(sarif_json(checked, version=__version__, limit=limit)), "\n"]
    return [dumps(gitlab_json(checked, limit)), "\n"]


def _terminal(args: argparse.Namespace, checked: Checked, *, color: bool) -> str:
    limit = SHOWN if args.limit is None else args.limit
    return render_check(checked, width=width(), color=color, limit=limit)


def _output(args: argparse.Namespace) -> str:
    if args.json and args.output not in (None, "json"):
        raise UsageError(f"--json and --output {args.output} exclude each other")
    return args.output or ("json" if args.json else "terminal")


def _codes(given: list[str]) -> list[str]:
    codes = [code for word in given for code in word.split(",") if code]
    for code in codes:
        if code not in RULES:
            hint = did_you_mean(code, RULES) or "docs/check.md lists the codes."
            raise UsageError(f"no such code: {code!r}", hint=hint)
    return codes
