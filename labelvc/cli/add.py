"""Declare a label set in labelvc.yaml, and track it with DVC.

The labels are read and checked before anything is written. What DVC, a stage or Git tracks already
stays as it is. The pointer, .gitignore and labelvc.yaml are staged for the next commit.
"""

from __future__ import annotations

import argparse
import shlex

from labelvc.cli.parser import add_settings, settings
from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.core.issue import told
from labelvc.repo.adding import Added, add, path_in
from labelvc.repo.checking import listed
from labelvc.repo.config import TASKS, LabelSet
from labelvc.repo.database_config import written_layout
from labelvc.repo.merge_config import written_policy
from labelvc.report.json_values import dumps

HOW = {
    "new": "DVC tracks it from now on",
    "dvc": "DVC tracks it already",
    "inside": "it lies inside a folder that DVC tracks",
    "stage": "it is an output of a stage in dvc.yaml",
    "git": "it stays a plain file in Git",
}


EPILOG = f"Tasks: {', '.join(TASKS[:4])},\n{', '.join(TASKS[4:])}."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc add PATH [--name N] [--format F] [options]"
    parser.add_argument("path", metavar="PATH", help="a label file, or a folder of them")
    parser.add_argument("--name", metavar="N", default="", help="default: made from the path")
    parser.add_argument("--media", metavar="DIR", help="where the images, sounds or texts are")
    parser.add_argument("--task", choices=TASKS, metavar="T", help="what is labelled, see below")
    add_settings(parser.add_argument_group("how it is read"))
    parser.add_argument("--no-check", action="store_true", help="take labels with errors too")


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "reading labels"):
        wanted = LabelSet(
            args.name,
            path_in(repo, args.path),
            args.format,
            args.key,
            media=args.media and path_in(repo, args.media),
            task=args.task,
            settings=settings(args.settings),
        )
        added = add(repo, wanted, unchecked=args.no_check)
    for line in listed(added.warnings):
        remark(args, f"warning: {line}")
    if args.json:
        deliver([dumps({"labelvc.add/v1": _json(added)}), "\n"])
    else:
        answer(args, _text(added))
    return 0


def _text(added: Added) -> str:
    label_set, tally = added.label_set, added.tally
    lines = [
        f"added {label_set.name}: {label_set.path} ({label_set.format}; {tally.samples} samples, "
        f"{tally.labels} labels, {len(tally.categories)} categories)",
        f"  {HOW[added.how]}",
    ]
    if label_set.settings:
        chosen = (f"{name}={shlex.quote(value)}" for name, value in label_set.settings.items())
        lines.append(f"  settings: {' '.join(chosen)}")
    if added.modified:
        lines.append("  its labels differ from what is stored: `labelvc status` tells how")
    lines.append("  next: labelvc commit -m MSG")
    return "\n".join(lines)


def _json(added: Added) -> dict[str, object]:
    return {
        **{**vars(added.label_set), "settings": dict(added.label_set.settings)},
        "merge": written_policy(added.label_set.merge),
        "database": written_layout(added.label_set.database),
        "tracked": added.how,
        "modified": added.modified,
        "totals": {"samples": added.tally.samples, "labels": added.tally.labels},
        "warnings": [told(issue) for issue in added.warnings],
    }
