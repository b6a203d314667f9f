"""Show the recorded scores: models by label versions.

With two revisions A B (or A..B, A...B): what the change of the labels does to each model, by
scoring its kept predictions again under both versions. No model is run for that.
"""

from __future__ import annotations

import argparse

from labelvc.cli.screen import answer, deliver, has_color, patience, remark, width
from labelvc.cli.session import repository
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, ends, split_words
from labelvc.repo.scorebook import scorebook
from labelvc.report.json_scores import effects_json, tables_json
from labelvc.report.json_values import dumps
from labelvc.report.scores import render_effects, render_tables
from labelvc.stages.rescoring import effects
from labelvc.stages.scoretables import score_tables


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc scores [A B | A..B | A...B] [-- SET...]"
    parser.add_argument("revs", nargs="*", metavar="REV", help="two revisions, or a range of them")


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "scoring"):
        revs, names = split_words(repo, args.revs, args.sets)
        if revs:
            return _effects(args, repo, revs, names)
        book = scorebook(repo)
        tables = score_tables(repo, book, names)
    if args.json:
        deliver([dumps(tables_json(tables, book.problems)), "\n"])
        return 0
    for problem in book.problems:
        remark(args, problem)
    answer(args, render_tables(tables, width=width(), color=has_color(args)), paged=True)
    return 0


def _effects(args: argparse.Namespace, repo: Repository, revs: list[str], names: list[str]) -> int:
    before, after = ends(repo, revs)
    found = effects(repo, before, after, names)
    if args.json:
        deliver([dumps(effects_json(found.effects, before, after, found.notes)), "\n"])
        return 0
    told = _called(before), _called(after)
    text = render_effects(found.effects, told, found.notes, width=width(), color=has_color(args))
    answer(args, text, paged=True)
    return 0


def _called(end: Revision) -> str:
    return end.rev or "working tree"
