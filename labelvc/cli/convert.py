"""Write the labels of a file or folder in another format.

What the other format cannot hold is told before anything is written, and refused unless
--allow-lossy is given; docs/convert.md explains the list. SRC stays as it is. DST appears whole or
not at all. Pixels become fractions and back by the sizes of the images, which --media tells where
the labels do not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from labelvc.cli.parser import settings
from labelvc.cli.screen import answer, deliver, patience
from labelvc.core.errors import LossError
from labelvc.formats.pair import Wanted
from labelvc.repo.converting import convert_path
from labelvc.report.conversion import conversion_json, conversion_text, losses_text
from labelvc.report.json_values import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc convert SRC DST --to F [options]"
    parser.add_argument("source", metavar="SRC", help="a label file or folder")
    parser.add_argument("target", metavar="DST", help="the file or folder to be")
    read = parser.add_argument_group("how SRC is read")
    read.add_argument("--from", metavar="F", dest="format", help="its format (default: found out)")
    read.add_argument("--key", metavar="FIELD", help="the field that identifies samples")
    read.add_argument(
        "--set", action="append", metavar="NAME=VALUE", dest="settings", default=[],
        help="a setting of its format",
    )  # fmt: skip
    read.add_argument("--media", metavar="DIR", help="where its images are, to read their sizes")
    written = parser.add_argument_group("how DST is written")
    written.add_argument("--to", metavar="F", required=True, help="its format")
    written.add_argument(
        "--to-set", action="append", metavar="NAME=VALUE", default=[],
        help="a setting of its format",
    )  # fmt: skip
    written.add_argument(
        "--allow-lossy", action="store_true", help="write it without what its format cannot hold"
    )
    written.add_argument("--force", action="store_true", help="replace what lies at DST")


def run(args: argparse.Namespace) -> int:
    with patience(args, "converting labels"):
        done = convert_path(
            Path(args.source),
            Path(args.target),
            Wanted(args.format, args.key, settings=settings(args.settings)),
            Wanted(args.to, settings=settings(args.to_set)),
            media=None if args.media is None else Path(args.media),
            allow_lossy=args.allow_lossy,
            force=args.force,
        )
    if args.json:
        deliver([dumps(conversion_json(done)), "\n"])
    elif done.written:
        answer(args, conversion_text(done))
    if not done.written:
        raise LossError(
            f"{args.target}: format {args.to} cannot hold all of it, so that nothing was written\n"
            f"{losses_text(done)}",
            hint="Write the rest with --allow-lossy.",
        )
    return 0
