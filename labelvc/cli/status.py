"""Tell which label sets have changed since the last commit."""

from __future__ import annotations

import argparse

from labelvc.cli.screen import answer, deliver, has_color, patience, width
from labelvc.cli.session import repository
from labelvc.repo.status import status
from labelvc.report import terminal
from labelvc.report.json_listings import status_json
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc status [--exit-code] [-- SET...]"
    parser.add_argument("names", nargs="*", metavar="SET", help="a label set, by name or path")
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 unless every set is unchanged"
    )


def run(args: argparse.Namespace) -> int:
    with repository(args) as repo, patience(args, "comparing labels"):
        rows = list(status(repo, [*args.names, *(args.sets or ())]))
    if args.json:
        deliver([dumps(status_json(rows)), "\n"])
    else:
        answer(args, terminal.render_status(rows, width=width(), color=has_color(args)))
    return int(args.exit_code and any(row.state != "unchanged" for row in rows))
