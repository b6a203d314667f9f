"""The program: finds the verb, runs it, and turns every ending into an exit code.

0 fine; 1 found something; 2 trouble the user can mend; 3 a bug; 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence

from labelvc.cli.parser import (
    UsageError,
    did_you_mean,
    split_at_dashes,
    split_at_verb,
    top_parser,
    verb_parser,
)
from labelvc.cli.verbs import PLUMBING, VERBS
from labelvc.core.errors import LabelvcError
from labelvc.core.passwords import without_passwords
from labelvc.report.escape import visible_lines

# What the world outside does to a program, and what to do about it.
TROUBLES = {
    errno.ENOSPC: "Free some space, then run the same command again.",
    errno.EDQUOT: "Free some of your quota, then run the same command again.",
    errno.EFBIG: "Raise the limit on file sizes (ulimit -f), then run the same command again.",
    errno.EROFS: "Make the file system writable, then run the same command again.",
    errno.EACCES: "Get the right to it, then run the same command again.",
    errno.EPERM: "Get the right to it, then run the same command again.",
    errno.EIO: "The disk may be failing: look into the system's log.",
    errno.ENAMETOOLONG: "Use a shorter name.",
    errno.ENOENT: "Check the path, then run the same command again.",
    errno.ENOTDIR: "Check the path, then run the same command again.",
    errno.EISDIR: "Check the path, then run the same command again.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run labelvc on the arguments (default: the command line's); returns the exit code."""
    # Labels are millions of small objects, hardly one in a cycle: looking for those takes a third
    # of the time at Python's own threshold of 700.
    gc.set_threshold(200_000)
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A name that the terminal's encoding lacks is shown escaped.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = run(given)
        sys.stdout.flush()
        return code
    except LabelvcError as error:
        return _tell(error)
    except KeyboardInterrupt:
        print("labelvc: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in TROUBLES:
            return _crashed(given, error)
        where = f"{error.filename}: " if error.filename else ""
        return _tell(LabelvcError(f"{where}{error.strerror}", hint=TROUBLES[error.errno]))
    except Exception as error:
        return _crashed(given, error)


def run(arguments: Sequence[str]) -> int:
    """Run the verb that the arguments name; raises what goes wrong."""
    before, after = split_at_verb(arguments)
    parser = top_parser()
    try:
        shared = parser.parse_all(before, argparse.Namespace())
        if not after:
            parser.print_help(sys.stderr)
            return 2
        return _run_verb(after[0], after[1:], shared)
    except SystemExit as ending:  # argparse leaves this way after --help and --version
        return int(ending.code or 0)


def _run_verb(name: str, arguments: Sequence[str], shared: argparse.Namespace) -> int:
    verbs = VERBS | PLUMBING
    if name not in verbs:
        raise UsageError(
            f"no such verb: {name!r}", hint=did_you_mean(name, VERBS) or "See `labelvc --help`."
        )
    parser = verb_parser(name)
    if verbs[name].takes_sets:
        arguments, shared.sets = split_at_dashes(arguments)
    args = parser.parse_all(arguments, shared)
    if args.directory:
        os.chdir(args.directory)
    code: int = args.run(args)
    return code


def _tell(error: LabelvcError) -> int:
    sys.stdout.flush()
    print(f"labelvc: error: {visible_lines(without_passwords(str(error)))}", file=sys.stderr)
    return error.exit_code


def _crashed(arguments: Sequence[str], error: Exception) -> int:
    crash = importlib.import_module("labelvc.cli.crash")
    print(
        f"labelvc: error: this is a bug in labelvc ({type(error).__name__}); "
        f"{crash.write_log(arguments, error)}",
        file=sys.stderr,
    )
    return 3


if __name__ == "__main__":
    sys.exit(main())
