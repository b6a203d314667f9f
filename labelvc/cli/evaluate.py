"""Score a model, or a file of its predictions, on the labels; log the score to MLflow.

What is not said here stands under `evaluate` in params.yaml. The predictions are kept under
`predictions/` in DVC and the score under `scores/` in Git, from which MLflow is written: one run
for each label version and model. What was evaluated before is not evaluated again.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import yaml

from labelvc.adapters.mlflow import Logged
from labelvc.cli.parser import UsageError, add_settings, settings
from labelvc.cli.screen import answer, deliver, has_color, patience, remark, width
from labelvc.cli.session import repository
from labelvc.core.errors import LabelvcError
from labelvc.core.record import ScoreRecord
from labelvc.repo.params import params_of, read_params
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set
from labelvc.report.json_scores import evaluate_json
from labelvc.report.json_values import dumps
from labelvc.report.scores import render_record
from labelvc.stages.evaluate import Evaluated, evaluate
from labelvc.stages.job import Reading
from labelvc.stages.outputs import write_outputs
from labelvc.stages.plan import Plan, parse_plan
from labelvc.stages.tracking import send, send_all

EPILOG = """\
A model is `baseline` (the built-in one of the task), `module:name` (your own), `FILE.keras` (saved
by Keras), or `models:/name/version` (of MLflow's registry); a predictions file is in any label
format, COCO results, or a table with a column `sample` and one `p:CATEGORY` for each category's
probability."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "labelvc evaluate [SET...] [--rev R] [--model M | --predictions FILE] [options]\n"
        "       labelvc evaluate --resume-log"
    )
    parser.add_argument("names", nargs="*", metavar="SET", help="default: every label set")
    what = parser.add_argument_group("what is scored")
    one = what.add_mutually_exclusive_group()
    one.add_argument("--model", metavar="M", help="a model, see below")
    one.add_argument("--predictions", metavar="FILE", help="its predictions, in place of a model")
    what.add_argument("--name", metavar="N", help="how the model is called in scores")
    what.add_argument("--weights", metavar="FILE", help="a state dict, in place of training")
    what.add_argument("--rev", metavar="R", help="the labels of a revision (default: as they are)")
    what.add_argument("--split", metavar="S", help="the split (default: test, else val, else all)")
    what.add_argument("--train-set", metavar="SET", help="train on another label set")
    what.add_argument("--seed", type=int, metavar="N", help="for whatever is random")
    what.add_argument(
        "--option", action="append", metavar="NAME=VALUE", default=[], help="one of the model's own"
    )
    add_settings(parser.add_argument_group("how a predictions file is read"))
    how = parser.add_argument_group("what becomes of the score")
    how.add_argument("--out", metavar="DIR", help="write metrics and tables for dvc metrics, plots")
    how.add_argument(
        "--allow-dirty", action="store_true", help="score what is in no commit, and mark it so"
    )
    how.add_argument("--no-log", action="store_true", help="do not log to MLflow")
    how.add_argument(
        "--resume-log", action="store_true", help="log the recorded scores that MLflow lacks"
    )


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "evaluating"):
        if args.resume_log:
            return _resume(args, repo)
        names = [*args.names, *(args.sets or ())]
        sets = repo.config(None).sets
        chosen = [find_set(repo, sets, name) for name in names] or list(sets)
        if not chosen:
            raise LabelvcError("there is no label set yet", hint="`labelvc add PATH` declares one.")
        if args.out and len(chosen) > 1:
            raise UsageError("--out takes the results of one label set: name it")
        for label_set in chosen:
            found = evaluate(
                repo,
                label_set.name,
                _plan(args, repo, label_set.name),
                rev=args.rev,
                allow_dirty=args.allow_dirty,
                reading=_reading(args),
            )
            _finish(args, repo, found)
    return 0


def _plan(args: argparse.Namespace, repo: Repository, name: str) -> Plan:
    params = params_of(read_params(repo.root), name)
    return parse_plan(
        params.evaluate,
        "params.yaml: evaluate",
        model=args.model,
        predictions=_from_root(repo, args.predictions),
        name=args.name,
        weights=_from_root(repo, args.weights),
        split=args.split,
        train_set=args.train_set,
        seed=args.seed,
        options={**params.evaluate.get("options", {}), **_options(args)} or None,
    )


def _from_root(repo: Repository, given: str | None) -> str | None:
    """A path from the command line, relative to the project root as params.yaml has it."""
    if given is None:
        return None
    return os.path.relpath(Path(given).resolve(), repo.root.resolve()).replace(os.sep, "/")


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """The values as YAML has them: numbers, true and false, texts."""
    given = settings(args.option)
    try:
        return {name: yaml.safe_load(value) for name, value in given.items()}
    except yaml.YAMLError as error:
        raise UsageError(f"--option: {' '.join(str(error).split())}") from None


def _reading(args: argparse.Namespace) -> Reading | None:
    told = args.format or args.key or args.settings
    return Reading(args.format, args.key, settings(args.settings)) if told else None


def _finish(args: argparse.Namespace, repo: Repository, found: Evaluated) -> None:
    """Tell of the score, write what DVC reads, and log it; it is kept whatever happens here."""
    record = found.record
    if args.out:
        write_outputs(record, Path(args.out))
    for note in found.notes:
        remark(args, note)
    run = None if args.no_log else _log(args, repo, record)
    if args.json:
        deliver([dumps(evaluate_json(record, found.path, run)), "\n"])
        return
    if found.was_there:
        answer(args, f"evaluated before, with the same result: {found.path}")
    answer(args, render_record(record, width=width(), color=has_color(args)))
    answer(args, f"  kept in {found.path}")
    if run is not None:
        word = "logged before to" if run["was_there"] else "logged to"
        answer(args, f"  {word} MLflow: {run['url']}")


def _log(args: argparse.Namespace, repo: Repository, record: ScoreRecord) -> dict[str, Any] | None:
    """The run of the record; where there can be none now, that is told and nothing is lost."""
    try:
        logged = send(repo, record)
    except LabelvcError as error:
        remark(args, f"warning: the score is kept, but not logged to MLflow: {error}")
        remark(args, "`labelvc evaluate --resume-log` logs it later")
        return None
    return _run(logged)


def _resume(args: argparse.Namespace, repo: Repository) -> int:
    runs = []
    for record, logged in send_all(repo):
        runs.append({**_run(logged), "model": record.model, "set": record.set})
        if not logged.was_there and not args.json:
            where = f"{record.model} on {record.set} at {record.commit[:9]}"
            answer(args, f"logged {where}: run {logged.run_id}")
    if args.json:
        deliver([dumps({"labelvc.resume-log/v1": {"runs": runs}}), "\n"])
    elif all(run["was_there"] for run in runs):
        told = f"MLflow has all {len(runs)} recorded scores." if runs else "No recorded scores."
        answer(args, told)
    return 0


def _run(logged: Logged) -> dict[str, Any]:
    return {"id": logged.run_id, "url": logged.url, "was_there": logged.was_there}
