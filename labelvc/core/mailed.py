"""Patches as they travel: each with the label set it is of, and from which version to which.

    {"labelvc.patch/v1": {
        "set":    {"name": ..., "path": ..., "format": ..., "sample_key": ...},
        "before": {"rev": ..., "commit": ...},
        "after":  {"rev": ..., "commit": ...},
        "labels": [...], "samples": [...], "categories": [...]}}

Several label sets are a list of such documents: `{"labelvc.patches/v1": [{...}, ...]}`. Who knows
only the tables of a `labelvc.patch/v1` reads the first form, and refuses the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypedDict

import msgspec
import polars as pl

from labelvc.core.codec import VERSION, decode, member, patch_of, print_patch
from labelvc.core.comparison import Comparison, Diff, End
from labelvc.core.complete_rows import is_incomplete, wrong_geometry
from labelvc.core.errors import ParseError, SchemaError, shorten
from labelvc.core.patch import Patch, diff
from labelvc.core.snapshot import Snapshot

SEVERAL = "labelvc.patches/v1"
NOBODY = End()  # an end of which nothing is said


@dataclass(frozen=True)
class Mailed:
    """A patch and what its sender said of it; None where nothing is said."""

    patch: Patch
    name: str | None = None
    path: str | None = None
    format: str | None = None
    sample_key: str | None = None
    before: End = NOBODY
    after: End = NOBODY

    def __invert__(self) -> Mailed:
        """The way back."""
        return replace(self, patch=~self.patch, before=self.after, after=self.before)


def mailed(found: Diff) -> list[Mailed]:
    """A patch for each label set that changed."""
    return [_of(one, found) for one in found.sets if one.patch and not one.is_empty]


def _of(comparison: Comparison, found: Diff) -> Mailed:
    assert comparison.patch is not None
    return Mailed(
        comparison.patch,
        comparison.name,
        comparison.path,
        comparison.format,
        comparison.sample_key,
        found.before,
        found.after,
    )


def print_patches(patches: Sequence[Mailed]) -> str:
    """The patches as one JSON text: of a single label set by itself, of several as a list."""
    if not patches:
        return print_patch(diff(Snapshot(), Snapshot()))
    texts = [print_patch(one.patch, _about(one)) for one in patches]
    return texts[0] if len(texts) == 1 else f'{{"{SEVERAL}": [\n' + ",\n".join(texts) + "]}\n"


def _about(one: Mailed) -> dict[str, Any]:
    told = {
        name: value
        for name in ("name", "path", "format", "sample_key")
        if (value := getattr(one, name)) is not None
    }
    ends = {"before": one.before, "after": one.after}
    return {"set": told} | {name: asdict(end) for name, end in ends.items() if end != NOBODY}


def parse_patches(text: str | bytes, where: str = "patch") -> list[Mailed]:
    """The patches that a JSON text holds.

    Raises ParseError with a JSON pointer where it is no `labelvc.patch/v1` and no list of them, and
    SchemaError where its rows are no labels, samples or categories.
    """
    whole = decode(text, where)
    if not isinstance(whole, dict) or SEVERAL not in whole:
        return [_parsed(whole, where)]
    listed = whole[SEVERAL]
    if not isinstance(listed, list):
        raise ParseError(where, f"/{SEVERAL}", expected="a list", found=shorten(listed))
    found = [_parsed(one, f"{where}, number {at}") for at, one in enumerate(listed, 1)]
    names = [one.name for one in found]
    if None in names or len(set(names)) < len(names):
        raise ParseError(
            where, f"/{SEVERAL}", expected="patches of different label sets", found=shorten(names)
        )
    return found


class _About(TypedDict, total=False):
    name: str
    path: str
    format: str | None
    sample_key: str | None


def _parsed(whole: object, where: str) -> Mailed:
    patch = patch_of(whole, where)
    _check_rows(patch, where)
    body: Mapping[str, Any] = member(whole, VERSION, where, "")
    about = _converted(body.get("set", {}), _About, where, "set")
    ends = (_converted(body.get(name, {}), End, where, name) for name in ("before", "after"))
    known = {name: about.get(name) for name in ("name", "path", "format", "sample_key")}
    return Mailed(patch, *known.values(), *ends)


def _converted(value: Any, shape: Any, where: str, name: str) -> Any:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        place = f"/{VERSION.replace('/', '~1')}/{name}"
        raise ParseError(where, place, expected=str(error), found=shorten(value)) from None


def _check_rows(patch: Patch, where: str) -> None:
    """Raise SchemaError for rows that no format would have made."""
    for rows in (patch.labels.before, patch.labels.after):
        for key in rows.filter(is_incomplete())["key"].head(1):
            raise SchemaError(f"{where}: the row of label {key} is not complete")
        for key, text in rows.drop_nulls("geometry").select("key", "geometry").iter_rows():
            if problem := wrong_geometry(text):
                raise SchemaError(f"{where}: the geometry of label {key}: {problem}")
    for rows in (patch.categories.before, patch.categories.after):
        for key in rows.filter(pl.col("name").is_null())["key"].head(1):
            raise SchemaError(f"{where}: category {key!r} has no name")
