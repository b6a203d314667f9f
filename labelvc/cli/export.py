"""Take a version of a label set out: into a database, or to a path.

URL is postgresql://, mysql://, mariadb://, sqlite:/// or mongodb://. The database becomes a working
copy: edit its rows, `labelvc diff SET URL` shows what was changed, `labelvc import URL --name SET`
commits it. Without --rev the version is that of HEAD. Passwords come from the address, PGPASSWORD
or ~/.pgpass, MYSQL_PWD, or are asked for; they are written nowhere. A PATH that ends with
.croissant.json gets a Croissant description of the version, with its labels as records.
"""

from __future__ import annotations

import argparse
import importlib

from labelvc.cli.database import add_tables, is_address, opened
from labelvc.cli.screen import answer, deliver, patience
from labelvc.cli.session import repository
from labelvc.repo.exporting import Exported, export_files
from labelvc.report.json_values import dumps
from labelvc.report.numbers import count

CROISSANT = ".croissant.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc export SET URL|PATH [--rev REV] [options]"
    parser.add_argument("name", metavar="SET", help="a label set, by name or path")
    parser.add_argument("to", metavar="URL|PATH", help="a database, or where the files are to go")
    parser.add_argument("--rev", metavar="REV", help="the version (default: HEAD)")
    parser.add_argument(
        "--force", action="store_true",
        help="overwrite changes of the database that were not imported, or the file",
    )  # fmt: skip
    add_tables(parser)


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "exporting labels"):
        if is_address(args.to):
            module = importlib.import_module("labelvc.adapters.database_exporting")
            database = opened(args, repo, args.to, args.name)
            done: Exported = module.export_database(
                repo, database, args.name, args.rev, force=args.force
            )
        elif args.to.endswith(CROISSANT):
            module = importlib.import_module("labelvc.adapters.croissant")
            done = module.export_croissant(repo, args.name, args.to, args.rev, force=args.force)
        else:
            done = export_files(repo, args.name, args.to, args.rev, force=args.force)
    if args.json:
        deliver([dumps({"labelvc.export/v1": _json(done)}), "\n"])
    else:
        answer(args, _text(done))
    return 0


def _text(done: Exported) -> str:
    tally, commit = done.tally, (done.end.commit or "")[:10]
    numbers = ", ".join(
        [
            count(tally.samples, "sample"),
            count(tally.labels, "label"),
            count(len(tally.categories), "category"),
        ]
    )
    return f"exported {done.label_set.name} at {done.end.rev} ({commit}) to {done.to}\n  {numbers}"


def _json(done: Exported) -> dict[str, object]:
    return {
        "set": done.label_set.name,
        "rev": done.end.rev,
        "commit": done.end.commit,
        "to": done.to,
        "totals": {"samples": done.tally.samples, "labels": done.tally.labels},
    }
