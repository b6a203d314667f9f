"""A stranger's YAML refused before it is built, where building it would not end well."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from labelvc.core.errors import ParseError

DEEPEST = 100
LARGEST = 1_000_000
# A text this short without aliases can neither nest deep enough nor grow.
_HARMLESS = 4096
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_bounds(text: str, where: str) -> None:
    """Raises ParseError where the values nest too deep or aliases multiply them.

    libyaml ends the whole process on what nests 100,000 deep, and nine aliases of nine aliases and
    so on make billions of values from a few lines. Raises yaml.YAMLError as `yaml.parse` does.
    """
    if len(text) <= _HARMLESS and "*" not in text:
        return
    sizes: dict[str | None, int] = {}
    anchors: list[str | None] = []
    totals = [0]
    for event in _events(text, where):
        if isinstance(event, yaml.CollectionStartEvent):
            anchors.append(event.anchor)
            totals.append(1)
        elif isinstance(event, yaml.CollectionEndEvent):
            size = totals.pop()
            sizes[anchors.pop()] = size
            totals[-1] += size
        elif isinstance(event, yaml.AliasEvent):
            totals[-1] += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            totals[-1] += 1
        if len(anchors) > DEEPEST:
            raise _refused(event, where, f"at most {DEEPEST} levels", "endlessly nested values")
        if totals[-1] > LARGEST:
            raise _refused(event, where, f"at most {LARGEST:,} values", "aliases that multiply")


def _events(text: str, where: str) -> Iterator[yaml.Event]:
    """What `yaml.parse` tells; newer versions of libyaml have a bound of their own."""
    try:
        yield from yaml.parse(text, Loader=_PARSER)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" not in str(error.problem):
            raise
        mark = error.problem_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise ParseError(
            where, line, expected=f"at most {DEEPEST} levels", found="endlessly nested values"
        ) from None


def _refused(event: yaml.Event, where: str, expected: str, found: str) -> ParseError:
    line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
    return ParseError(where, line, expected=expected, found=found)
