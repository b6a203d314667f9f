"""The parsers: one for the options every verb shares, one for the verb that runs."""

from __future__ import annotations

import argparse
import difflib
import importlib
from collections.abc import Iterable, Sequence
from typing import NoReturn

from labelvc import __version__
from labelvc.cli.verbs import VERBS
from labelvc.core.errors import LabelvcError

EPILOG = "`labelvc VERB --help` tells more of a verb. Revisions are as Git resolves them."
# One width for every terminal: docs/cli.md is made of these texts.
WIDTH = 96


Group = argparse._ArgumentGroup


class UsageError(LabelvcError):
    """Arguments that the command line does not take."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError, with the option that may have been meant."""

    def __init__(self, prog: str, description: str | None, epilog: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_formatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raises UsageError where argparse would exit."""
        raise UsageError(message, hint=f"See `{self.prog} --help`.")

    def parse_all(
        self, arguments: Sequence[str], namespace: argparse.Namespace
    ) -> argparse.Namespace:
        """The arguments, options and positionals in any order. Raises UsageError."""
        parsed, unknown = self.parse_known_intermixed_args(list(arguments), namespace)
        if unknown:
            options = [name for action in self._actions for name in action.option_strings]
            raise UsageError(
                f"unknown argument {unknown[0]!r}",
                hint=did_you_mean(unknown[0].partition("=")[0], options)
                or f"See `{self.prog} --help`.",
            )
        return parsed


def top_parser() -> Parser:
    """The parser of what stands before the verb."""
    verbs = "\n".join(f"  {name:<12}{verb.help}" for name, verb in VERBS.items())
    parser = Parser(
        "labelvc",
        f"Version control for labels, alongside Git and DVC.\n\nverbs:\n{verbs}",
        EPILOG,
    )
    parser.usage = "labelvc [-C DIR] [--json] [-q] [--no-color] VERB ..."
    parser.add_argument("--version", action="version", version=f"labelvc {__version__}")
    _add_shared(parser)
    parser.set_defaults(directory=None, json=False, quiet=False, no_color=False)
    return parser


def verb_parser(name: str) -> Parser:
    """The parser of what stands after the verb; `run` in its defaults does the work.

    Imports the verb's module: the one import of the program that hides in a function, so that only
    the verb that runs is loaded.
    """
    module = importlib.import_module(f"labelvc.cli.{name.replace('-', '_')}")
    parser = Parser(f"labelvc {name}", module.__doc__, getattr(module, "EPILOG", None))
    module.add_arguments(parser)
    parser.set_defaults(run=module.run)
    _add_shared(parser)
    return parser


def split_at_verb(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before the verb, and the verb with the rest."""
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        index += 2 if arguments[index] == "-C" else 1
    return list(arguments[:index]), list(arguments[index:])


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """What stands before `--`, and after it; None where there is no `--`."""
    if "--" not in arguments:
        return list(arguments), None
    place = arguments.index("--")
    return list(arguments[:place]), list(arguments[place + 1 :])


def settings(given: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE words as a mapping. Raises UsageError."""
    for word in given:
        if "=" not in word:
            raise UsageError(f"--set {word}: expected NAME=VALUE")
    return dict(word.split("=", 1) for word in given)


def natural(text: str) -> int:
    """The type of an option that counts: 0, 1, 2, ..."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no count")
    return int(text)


def add_settings(group: Group) -> None:
    """How the files are read: what labelvc.yaml says of a declared label set."""
    group.add_argument("--format", metavar="F", help="their format (default: found out)")
    group.add_argument("--key", metavar="FIELD", help="the field that identifies samples")
    group.add_argument(
        "--set", action="append", metavar="NAME=VALUE", dest="settings", default=[],
        help="a setting of the format",
    )  # fmt: skip


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """The hint for a misspelt word, or None where nothing comes near it."""
    close = difflib.get_close_matches(word, list(words), n=2)
    return f"Did you mean {' or '.join(close)}?" if close else None


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=WIDTH)


def _add_shared(parser: Parser) -> None:
    """The options every verb takes, before or after its name."""
    group = parser.add_argument_group("shared options")
    absent = argparse.SUPPRESS
    group.add_argument("-C", metavar="DIR", dest="directory", default=absent, help="run in DIR")
    group.add_argument("--json", action="store_true", default=absent, help="print JSON")
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=absent,
        help="only errors (and JSON, where asked for)",
    )
    group.add_argument(
        "--no-color", action="store_true", default=absent, help="no colours (also: NO_COLOR=1)"
    )
