# ruff: noqa: N999  # the module is called as its verb
"""Take labels in: what was changed in a database, or a new label set.

Where N is a label set that was exported to the database, the rows that were changed there since are
committed. Where N is new, a label set is made of all that the database, the file or the folder
holds; like after `labelvc add` it is staged for the next commit. URL is postgresql://, mysql://,
mariadb://, sqlite:/// or mongodb://. Exits with 1 where the changes do not fit the labels as they
are by now; nothing is written then.
"""

from __future__ import annotations

import argparse
import importlib
import os
from dataclasses import replace
from typing import Any

from labelvc.cli.database import add_tables, address, is_address, opened
from labelvc.cli.parser import UsageError, add_settings, settings
from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.core.errors import LabelvcError
from labelvc.core.summary import summary
from labelvc.repo.checking import listed
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.report.json_values import dumps

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc import URL|PATH --name N [options]"
    parser.add_argument("source", metavar="URL|PATH", help="a database, or a file or folder")
    parser.add_argument("--name", metavar="N", required=True, help="the label set, old or new")
    parser.add_argument(
        "-m", action="append", metavar="MSG", dest="message", default=[],
        help="the commit's message (default: Import N from URL)",
    )  # fmt: skip
    parser.add_argument(
        "--no-commit", action="store_true", help="change the label files, commit nothing"
    )
    parser.add_argument("--no-check", action="store_true", help="take labels with errors too")
    new = parser.add_argument_group("a new label set")
    new.add_argument("--path", metavar="PATH", default="", help="default: labels/N with an ending")
    add_settings(new)
    add_tables(parser)
    parser.add_argument_group("Prodigy's own database").add_argument(
        "--dataset", metavar="D", help="the dataset in it, where there are several"
    )


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "importing labels"):
        is_url = is_address(args.source)
        done = _from_database(args, repo) if is_url else _from_path(args, repo)
    for line in listed(done.warnings):
        remark(args, f"{args.name}: warning: {line}")
    for unfit in done.reasons[:SHOWN]:
        remark(args, f"{args.name}: {unfit.place}: {unfit.reason}")
    if done.reasons:
        more = len(done.reasons) - SHOWN
        remark(args, f"{args.name}: and {more} more" if more > 0 else "nothing was imported")
    if args.json:
        deliver([dumps({"labelvc.import/v1": _json(done)}), "\n"])
    elif not done.reasons:
        answer(args, _text(done))
    return int(bool(done.reasons))


def _from_database(args: argparse.Namespace, repo: Repository) -> Any:
    module = importlib.import_module("labelvc.adapters.database_importing")
    database = opened(args, repo, args.source, args.name)
    known = module.declared(repo, args.name)
    is_new = not module.is_here(repo, known)
    if not is_new and (args.path or args.format or args.key or args.settings):
        raise UsageError(
            f"--path, --format, --key and --set are for a new label set; {args.name} is one already"
        )
    wanted = _wanted(args, known or LabelSet(args.name, args.path))
    how = {
        "message": "\n\n".join(args.message) or f"Import {args.name} from {_place(database.shown)}",
        "commits": not args.no_commit,
        "unchecked": args.no_check,
    }
    prodigy = module.prodigy(database, address(args.source), args.dataset)
    if prodigy is not None:
        return module.import_prodigy(repo, prodigy, wanted, args.dataset, **how)
    if is_new:
        return module.import_new(repo, database, wanted, unchecked=args.no_check)
    return module.import_changes(repo, database, wanted, **how)


def _from_path(args: argparse.Namespace, repo: Repository) -> Any:
    if not os.path.lexists(args.source):
        raise LabelvcError(f"{args.source}: no such file or folder", hint="Check the path.")
    module = importlib.import_module("labelvc.repo.importing")
    files, ending = module.read_path(args.source)
    path = args.path or f"{module.FOLDER}/{args.name}{ending}"
    wanted = _wanted(args, LabelSet(args.name, path))
    added = module.add_files(repo, wanted, files, unchecked=args.no_check)
    return module.Imported(args.name, added, warnings=added.warnings)


def _wanted(args: argparse.Namespace, known: LabelSet) -> LabelSet:
    return replace(
        known,
        path=args.path or known.path,
        format=args.format or known.format,
        key=args.key or known.key,
        settings={**known.settings, **settings(args.settings)},
    )


def _place(shown: str) -> str:
    """The address without its user: what stands in a commit is read by everyone."""
    scheme, _, rest = shown.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


def _text(done: Any) -> str:
    if done.added is not None:
        label_set, tally = done.added.label_set, done.added.tally
        return (
            f"imported {done.name}: {label_set.path} ({label_set.format}; {tally.samples} samples, "
            f"{tally.labels} labels, {len(tally.categories)} categories)\n"
            "  next: labelvc commit -m MSG"
        )
    if done.sha:
        first = done.message.splitlines()[0]
        return f"[{done.branch} {done.sha[:10]}] {first}\n  {done.name}: {done.summary}"
    if done.paths:
        return f"{done.name}: {summary(done.counts)}\n  next: labelvc commit -m MSG"
    return f"nothing to import, {done.name} has all that the database holds"


def _json(done: Any) -> dict[str, object]:
    told: dict[str, object] = {"set": done.name, "new": done.added is not None}
    if done.added is not None:
        tally = done.added.tally
        totals = {"samples": tally.samples, "labels": tally.labels}
        return {**told, "path": done.added.label_set.path, "totals": totals}
    return {
        **told,
        "commit": done.sha,
        "counts": dict(done.counts),
        "paths": list(done.paths),
        "rejected": [
            {"table": one.table, "place": one.place, "reason": one.reason} for one in done.reasons
        ],
    }
