"""Take out what `labelvc init` put in; an ordinary Git and DVC repository stays."""

from __future__ import annotations

import argparse
from pathlib import Path

from labelvc.cli.screen import tell_steps
from labelvc.repo.scaffold import uninstall


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: here")


def run(args: argparse.Namespace) -> int:
    tell_steps(args, "labelvc.uninstall/v1", uninstall(Path(args.folder)))
    return 0
