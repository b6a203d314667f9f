"""The errors a user can mend, and nothing else.

LabelvcError                 exit code 2: one message, what, where, what to do next
├── ParseError               a label file is not what its format says
├── SettingNeeded            a format cannot be read without a decision by the user
├── LossError                a format cannot hold what it is asked to write
├── SchemaError              a snapshot that breaks its own schema (NaN, unknown kind, ...)
├── PatchError               a patch that does not fit the snapshot it is applied to
├── NotFound                 no such file, revision, label set or stored object
└── RepositoryError          Git or DVC is not in a state to do what was asked
"""

from __future__ import annotations

import reprlib


class LabelvcError(Exception):
    """A problem the user can mend; `hint` is the next step, a sentence or a command."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ParseError(LabelvcError):
    """A label file that is not what its format says.

    `place` is a line ("line 12"), a JSON pointer ("/annotations/3/bbox") or an element.
    """

    def __init__(
        self, file: str, place: str, *, expected: str, found: str, hint: str | None = None
    ) -> None:
        where = f"{file}: {place}" if place else file
        super().__init__(f"{where}: expected {expected}, found {found}", hint=hint)
        self.file = file
        self.place = place
        self.expected = expected
        self.found = found


class SettingNeeded(LabelvcError):
    """The data allow several readings; the user has to say which, by a setting of the format."""

    def __str__(self) -> str:
        return (
            f"{super().__str__()}\n  Settings are given by --set NAME=VALUE, or under `settings` "
            "of the label set in labelvc.yaml."
        )


class LossError(LabelvcError):
    """The target format cannot hold what would be written."""


class SchemaError(LabelvcError):
    """A table that breaks the snapshot schema."""


class PatchError(LabelvcError):
    """A patch that does not fit."""


class NotFound(LabelvcError):
    """No such file, revision, label set or stored object."""


class RepositoryError(LabelvcError):
    """Git or DVC is not in a state to do what was asked."""


_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother = 3, 1000, 1000
_REPR.maxlist = _REPR.maxtuple = _REPR.maxdict = 16


def shorten(value: object, limit: int = 60) -> str:
    """The `repr` of a value from a stranger's file, short enough for a message."""
    # Not `repr`: aliases make a few lines of YAML into a value of a billion parts
    text = _REPR.repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
