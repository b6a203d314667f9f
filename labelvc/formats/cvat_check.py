"""The proof that an image of CVAT says what a sample was meant to say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.shapes import rle_counts
from labelvc.core.snapshot import BOX, Snapshot, attributes_json, canonical_json
from labelvc.formats.cvat_scan import tables_of
from labelvc.formats.cvat_shapes import BOXED, OWN, Row
from labelvc.formats.row_edits import attributes_of, refuse_loss

_NOISE = 6  # decimals that are told apart
_STRUCTURED = ("keypoints", "points", "rotation")
_FLAGS = {True: "1", False: "0"}


def refuse_other(meant: tuple[Row, Sequence[Row]], said: tuple[Row, Sequence[Row]]) -> None:
    """Raise LossError unless an image says what its sample and labels do.

    Numbers may differ by a rounding, and other scalars than texts may have become texts.
    """
    key = meant[0]["sample"]
    path = meant[0]["path"] or key
    refuse_loss(_plain(*meant, key, path), _plain(*said, key, path), "CVAT XML")


def textual(said: Mapping[str, Any], who: str) -> dict[str, Any]:
    """Attributes with the texts that CVAT has for numbers and truth values.

    Raises LossError for what is no scalar.
    """
    return {
        name: value if name in _STRUCTURED or name.startswith("<") else _text(name, value, who)
        for name, value in said.items()
    }


def _text(name: str, value: Any, who: str) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) and name in OWN:
        return _FLAGS[value]
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, list) and len(value) > 1 and not any(map(_is_nested, value)):
        return [_text(name, one, who) for one in value]
    raise LossError(f"sample {who!r}: CVAT cannot hold the attribute {name!r} as it is: {value!r}")


def _is_nested(value: Any) -> bool:
    return isinstance(value, (list, dict)) or value is None


def _plain(sample: Row, labels: Sequence[Row], key: str, path: str) -> Snapshot:
    """Rows as a snapshot in which equal things are spelled alike."""
    others = {"sample": key, "record": None}
    own = [
        {
            **{name: one for name, one in row.items() if name not in ("key", "id")},
            **_rounded(row),
            **others,
            "attributes": _attributes(row, key),
        }
        for row in labels
    ]
    one = {**sample, **others, "path": path, "attributes": _attributes(sample, key)}
    return Snapshot(*tables_of(own, [one]))


def _attributes(row: Row, who: str) -> str | None:
    return attributes_json(textual(attributes_of(row), who))


def _rounded(row: Row) -> Row:
    """The place of a label without the noise of sums; boxes around shapes follow from those."""
    geometry = json.loads(row.get("geometry") or "{}")
    boxes = dict.fromkeys(BOX) if BOXED & geometry.keys() else {}
    if row["kind"] == "box":
        boxes = {side: round(row[side], _NOISE) for side in BOX}
    if "mask" in geometry:
        counts = rle_counts(geometry["mask"]["counts"]).tolist()
        geometry["mask"] = {**geometry["mask"], "counts": counts}
    said = canonical_json(_floats(geometry)) if geometry else None
    return {**boxes, "geometry": said}


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _floats(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_floats(one) for one in value]
    return float(value) if isinstance(value, int) else value
