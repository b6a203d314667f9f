"""Apply a patch of labels to the working tree.

The patch is what `labelvc diff --output patch` prints, of one label set or several; without FILE,
or where it is -, it comes from stdin. It names its label sets; `-- SET` says otherwise. A change
applies where the label says what the patch starts from in the fields that change. Without
--reject either all of the patch is applied or nothing. Exits with 1 where something does not apply.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from labelvc.cli.parser import UsageError
from labelvc.cli.screen import answer, deliver, patience, remark
from labelvc.cli.session import repository
from labelvc.core.errors import NotFound
from labelvc.core.mailed import Mailed, parse_patches, print_patches
from labelvc.core.summary import summary
from labelvc.repo.applying import Applied, SetApplied, apply_patches
from labelvc.report.json_values import dumps

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "labelvc apply [FILE] [options] [-- SET...]"
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="a patch")
    parser.add_argument(
        "--check", action="store_true", help="only tell whether it applies; write nothing"
    )
    parser.add_argument("-R", "--reverse", action="store_true", help="take the changes back")
    parser.add_argument(
        "--reject", action="store_true",
        help="apply what fits, and leave the rest as a patch in SET.rej.json",
    )  # fmt: skip
    parser.add_argument(
        "--reject-to", metavar="FILE", help="the same, with the rest of all sets in FILE"
    )


def run(args: argparse.Namespace) -> int:
    reject = args.reject or args.reject_to is not None
    if args.check and reject:
        raise UsageError("--check writes nothing, so that --reject has nothing to do")
    patches = _patches(args.file)
    if args.reverse:
        patches = [~one for one in patches]
    with repository(args) as repo, patience(args, "applying the patch"):
        done = apply_patches(repo, patches, args.sets or (), check=args.check, reject=reject)
    files = _write_rejected(args, done) if done.written else {}
    _remarks(args, done, files)
    if args.json:
        deliver([dumps({"labelvc.apply/v1": _json(args, done, files)}), "\n"])
    elif done.fits or done.written:
        answer(args, "\n".join(map(_line, done.sets)) or "The patch holds no changes.")
    return int(not done.fits)


def _patches(file: str) -> list[Mailed]:
    if file == "-":
        return parse_patches(sys.stdin.buffer.read(), "the patch on stdin")
    try:
        return parse_patches(Path(file).read_bytes(), file)
    except FileNotFoundError:
        raise NotFound(f"{file}: no such file") from None


def _write_rejected(args: argparse.Namespace, done: Applied) -> dict[str, str]:
    """Write what does not fit; by name of the label set, the file it is in."""
    rest = {one.label_set.name: one.rejected for one in done.sets if one.reasons}
    if args.reject_to is not None:
        if rest:
            deliver([print_patches(list(rest.values()))], args.reject_to)
        return dict.fromkeys(rest, args.reject_to)
    files = {name: f"{name.replace('/', '_')}.rej.json" for name in rest}
    for name, file in files.items():
        deliver([print_patches([rest[name]])], file)
    return files


def _remarks(args: argparse.Namespace, done: Applied, files: dict[str, str]) -> None:
    for one in done.sets:
        name, rejected = one.label_set.name, len(one.reasons)
        for unfit in one.reasons[:SHOWN]:
            remark(args, f"{name}: {unfit.place}: {unfit.reason}")
        if rejected > SHOWN:
            remark(args, f"{name}: and {rejected - SHOWN} more")
        if name in files:
            remark(args, f"{name}: {_of(one)} rejected, kept in {files[name]}")
        elif rejected:
            remark(args, f"{name}: {_of(one)} cannot be applied")
    if not done.fits and not done.written and not args.check:
        remark(args, "nothing was applied; `--reject` applies what fits and keeps the rest")


def _of(one: SetApplied) -> str:
    return f"{len(one.reasons)} of {one.changes} changes"


def _line(one: SetApplied) -> str:
    return f"{one.label_set.name}: {summary(one.counts)}"


def _json(args: argparse.Namespace, done: Applied, files: dict[str, str]) -> dict[str, Any]:
    return {
        "check": args.check,
        "reverse": args.reverse,
        "written": done.written,
        "paths": list(done.paths),
        "sets": {
            one.label_set.name: {
                "path": one.label_set.path,
                "counts": dict(one.counts),
                "changes": one.changes,
                "rejected": [
                    {"table": each.table, "place": each.place, "reason": each.reason}
                    for each in one.reasons
                ],
                "rejects": files.get(one.label_set.name),
            }
            for one in done.sets
        },
    }
