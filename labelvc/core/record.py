"""The record of one evaluation, `labelvc.score/v1`: what Git keeps under `scores/`.

    {"labelvc.score/v1": {"model": ..., "labels": [...], "metrics": {...}, ...}}

A score stands beside everything it depends on. Records come from strangers' branches, so nothing
in one is believed before `parse_record` has looked at it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Annotated, Any, Literal, TypedDict, TypeVar

import msgspec

from labelvc.core.errors import ParseError, SchemaError, shorten
from labelvc.core.scored import Confusion
from labelvc.core.snapshot import canonical_json

T = TypeVar("T")
VERSION = "labelvc.score/v1"

# \Z and not $, which passes a line end
_Name = Annotated[str, msgspec.Meta(min_length=1)]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^v1:[0-9a-f]{64}\Z")]
_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Commit = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?\Z")]


@dataclass(frozen=True)
class ScoreRecord:
    """One evaluation: what was measured, on what, by what, and what came out.

    `labels` are the label sets that were read, each a mapping `name`, `role` ("scored" or
    "trained"), `path` (relative to the project), `format`, `hash` (DVC's md5, or Git's id) and
    `digest`. `predictions` are `path`, `hash` and `digest`; `evaluator` is `name`, `version` and
    `metrics`, the number of the definitions that scores are made by. `inputs` is a sha256 over all
    that decides on the result. `dirty` are the paths that differed from `commit`.
    """

    model: _Name
    set: _Name  # the label set that was scored
    task: _Name
    split: str | None
    labels: Sequence[Mapping[str, Any]]
    predictions: Mapping[str, Any] | None
    evaluator: Mapping[str, Any]
    inputs: _Sha256
    commit: _Commit
    dirty: tuple[str, ...]
    experiment: str | None  # the DVC experiment that made it
    spec: str  # "baseline", "module:name", "models:/name/version", "predictions"
    params: Mapping[str, Any]
    environment: Mapping[str, Any]
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]  # low and high, 95 %
    headline: _Name  # the metric by which models are ranked
    lower_is_better: bool
    splits: Mapping[str, Mapping[str, float]]
    categories: Sequence[Mapping[str, Any]]  # a row a category
    confusion: Confusion | None  # None above 200 categories too
    warnings: Mapping[str, int]

    @property
    def digest(self) -> str:
        """The sha256, in hex, of what was measured: equal digests are one score, kept once.

        The version of labelvc does not count, as long as its metrics are defined as before.
        """
        told = {
            "model": self.model,
            "task": self.task,
            "split": self.split,
            "labels": sorted([one["name"], one["role"], one["digest"]] for one in self.labels),
            # without predictions only the inputs tell two models of one name apart
            "predictions": self.predictions["digest"] if self.predictions else self.inputs,
            "evaluator": [self.evaluator["name"], self.evaluator["metrics"]],
        }
        text = canonical_json(told).encode("utf-8", "surrogatepass")  # `to_json` refuses them
        return hashlib.sha256(text).hexdigest()

    @property
    def scored(self) -> Mapping[str, Any]:
        """What `labels` tells of the label set that was scored."""
        return next(one for one in self.labels if one["role"] == "scored")

    def to_json(self) -> str:
        """The record as JSON: keys sorted, a value or a row a line, the shortest text of a number.

        Raises SchemaError for what JSON cannot hold: NaN, infinity, half a character.
        """
        text = _printed({VERSION: _plain(self, "")}) + "\n"
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise SchemaError(
                f"the score record: {shorten(text[error.start])} is no text"
            ) from None
        return text


class _Labels(TypedDict):
    name: _Name
    role: Literal["scored", "trained"]
    path: str
    format: str | None
    hash: str
    digest: _Digest


class _Predictions(TypedDict):
    path: str
    hash: str
    digest: _Digest


class _Evaluator(TypedDict):
    name: str
    version: str
    metrics: int


_PARTS: Mapping[str, Any] = {
    "labels": list[_Labels],
    "predictions": _Predictions | None,
    "evaluator": _Evaluator,
}
_PLACE = f"/{VERSION.replace('/', '~1')}"


def parse_record(text: str | bytes, where: str = "score record") -> ScoreRecord:
    """The record that a JSON text holds; what a later labelvc added to it is left out.

    Raises ParseError with a JSON pointer where it is not a `labelvc.score/v1`.
    """
    whole = _decoded(text, where)
    if not isinstance(whole, dict) or not isinstance(whole.get(VERSION), dict):
        raise ParseError(where, "", expected=f"an object {VERSION!r}", found=shorten(whole))
    body = dict(whole[VERSION])
    for name, shape in _PARTS.items():
        if name in body:
            body[name] = _converted(body[name], shape, where, f"{_PLACE}/{name}")
    record = _converted(body, ScoreRecord, where, _PLACE)
    for at, found, expected in _oddities(record):
        raise ParseError(where, f"{_PLACE}/{at}", expected=expected, found=shorten(found))
    return record


def _decoded(text: str | bytes, where: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ParseError(where, "", expected="JSON", found="brackets without end") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ParseError(where, "", expected="JSON", found=str(error)) from None


def _converted(value: Any, shape: type[T], where: str, place: str) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
    for step in re.findall(r"\.(\w+)|\[(\d+)\]|(\[\.\.\.\])", path.rstrip("`")):
        if step[2]:  # a member of a mapping, which msgspec does not name
            break
        place += f"/{step[0] or step[1]}"
        value = value[int(step[1])] if step[1] else value[step[0]]
    expected = said.removeprefix("Expected ").partition(", got ")[0].replace("`", "")
    raise ParseError(where, place, expected=expected, found=shorten(value))


def _oddities(record: ScoreRecord) -> list[tuple[str, Any, str]]:
    """What types cannot say: where, what is there, what was expected."""
    found: list[tuple[str, Any, str]] = []
    scored = [one["name"] for one in record.labels if one["role"] == "scored"]
    if scored != [record.set]:
        found.append(("labels", scored, f"one label set with the role 'scored', {record.set!r}"))
    if record.headline not in record.metrics:
        found.append(("headline", record.headline, "the name of one of the metrics"))
    paths = [(f"labels/{at}/path", one["path"]) for at, one in enumerate(record.labels)]
    if record.predictions:
        paths.append(("predictions/path", record.predictions["path"]))
    found += [(at, path, "a path inside the project") for at, path in paths if _leads_out(path)]
    for name, (low, high) in record.intervals.items():
        if low > high:
            found.append((f"intervals/{_escaped(name)}", [low, high], "the lower number first"))
    if record.confusion and not _is_square(record.confusion):
        size = len(record.confusion.categories)
        found.append(("confusion/counts", record.confusion.counts, f"{size} rows of {size} counts"))
    return found


def _leads_out(path: str) -> bool:
    return path.startswith(("/", "~")) or ".." in path.split("/") or "\0" in path


def _is_square(confusion: Confusion) -> bool:
    size = len(confusion.categories)
    rows = confusion.counts
    return len(rows) == size and all(len(row) == size and min(row) >= 0 for row in rows)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


# What is read as a float is written as one, so that it is the same text again.
_FLOATS = ("/metrics/", "/intervals/", "/splits/")


def _plain(value: Any, place: str) -> Any:
    """A value in the types that JSON has; numpy's numbers become Python's."""
    if isinstance(value, (ScoreRecord, Confusion)):
        value = {part.name: getattr(value, part.name) for part in fields(value)}
    if isinstance(value, Mapping):
        return {
            str(key): _plain(one, f"{place}/{_escaped(str(key))}") for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(one, f"{place}/{at}") for at, one in enumerate(value)]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Integral) and not place.startswith(_FLOATS):
        return int(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value) + 0.0  # -0.0 and 0.0 are one number
    raise SchemaError(f"the score record: {place} is {shorten(value)}, which JSON cannot hold")


def _printed(value: Any, margin: str = "") -> str:
    """JSON with a key a line and, in lists of rows, a row a line."""
    deeper = margin + "  "
    if isinstance(value, dict) and value:
        lines = [
            f"{json.dumps(key, ensure_ascii=False)}: {_printed(value[key], deeper)}"
            for key in sorted(value)
        ]
        return f"{{\n{deeper}" + f",\n{deeper}".join(lines) + f"\n{margin}}}"
    if isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        rows = f",\n{deeper}".join(_in_a_line(one) for one in value)
        return f"[\n{deeper}{rows}\n{margin}]"
    return _in_a_line(value)


def _in_a_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
