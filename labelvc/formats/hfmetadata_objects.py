"""The `objects` of a row: boxes with categories, as lists side by side or as a list of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.box_corners import end_of
from labelvc.formats.json_rows import finite, is_scalar, like, text_of
from labelvc.formats.row_edits import Row, attributes_of

CORNERS = "xyxy"
_BOX = "bbox"
_CATEGORIES = ("categories", "category", "labels", "label")
_ID = "id"
# (what was expected, what was found, where in `objects`) -> the error with its place
Complain = Callable[[str, object, str], ParseError]


def elements(value: Any, complain: Complain) -> list[Row]:
    """Each object by itself; raises ParseError where lists differ in length."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            if not isinstance(one, dict):
                raise complain("an object with a box", one, f"/{at}")
        return value
    if not isinstance(value, dict) or not isinstance(value.get(_BOX), list):
        raise complain("an object with a list `bbox`, or a list of objects", value, "")
    count = len(value[_BOX])
    for name, column in value.items():
        if name in (*_CATEGORIES, _ID) and isinstance(column, list) and len(column) != count:
            raise complain(f"{count} values, as many as boxes", len(column), f"/{name}")
    return [{name: value[name][at] for name in listed(value)} for at in range(count)]


def listed(value: Mapping[str, Any]) -> list[str]:
    """The keys whose values are lists with an entry for each box."""
    count = len(value[_BOX])
    return [name for name, one in value.items() if isinstance(one, list) and len(one) == count]


def beside(value: Any) -> dict[str, Any]:
    """What stands among lists without being an entry for each box."""
    if not isinstance(value, dict):
        return {}
    own = listed(value)
    return {name: one for name, one in value.items() if name not in own and one is not None}


def labels(value: Any, shape: str, complain: Complain) -> list[Row]:
    """The labels of kind box, in pixels; raises ParseError."""
    found = []
    for number, one in enumerate(elements(value, complain)):

        def at_one(expected: str, said: object, at: str, number: int = number) -> ParseError:
            return complain(expected, said, f"/{number}{at}")

        found.append(_label(one, shape, at_one))
    return found


def _label(one: Row, shape: str, complain: Complain) -> Row:
    corner = one.get(_BOX)
    numbers = [finite(value) for value in corner] if isinstance(corner, list) else []
    if len(numbers) != 4 or None in numbers:
        raise complain("a box of four numbers", corner, f"/{_BOX}")
    x, y, width, height = (number or 0.0 for number in numbers)
    if shape == CORNERS:
        width, height = width - x, height - y
    name = _category_key(one)
    category = one.get(name)
    if category is not None and not is_scalar(category):
        raise complain("a category name", category, f"/{name}")
    own = one.get(_ID) if is_scalar(one.get(_ID)) else None
    rest = {
        key: value
        for key, value in one.items()
        if key not in (_BOX, name) and value is not None and not (key == _ID and own is not None)
    }
    return {
        "id": text_of(own),
        "kind": "box",
        "category": text_of(category),
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "unit": "pixel",
        "attributes": attributes_json(rest),
    }


def _category_key(one: Mapping[str, Any]) -> str:
    return next((name for name in _CATEGORIES if name in one), _CATEGORIES[0])


def rewritten(old: Any, given: Sequence[Row], shape: str) -> Any:
    """`objects` that say the labels, in the shape of the old value if there was one.

    `given` are labels, each with the object it came from (`was`), if any.
    """
    model = elements(old, _never) if old is not None else []
    like_one = model[0] if model else {}
    if isinstance(old, dict) and not model:
        like_one = dict.fromkeys(old)
    made = [_element(label, label.get("was"), like_one, shape) for label in given]
    if isinstance(old, list):
        return made
    kept = beside(old) if isinstance(old, dict) else {}
    keys = [
        *(name for name in old or {} if name not in kept),
        *(key for one in made for key in one),
    ]
    names = dict.fromkeys([*keys, _BOX, _category_key(like_one)])
    columns = {name: [one.get(name) for one in made] for name in names}
    return {**{name: columns.get(name) for name in (old or {})}, **columns, **kept}


def _never(expected: str, found: object, at: str) -> ParseError:
    return ParseError("objects", at, expected=expected, found=str(found))


def _element(label: Row, was: Row | None, model: Row, shape: str) -> Row:
    box = [label["x"], label["y"], label["width"], label["height"]]
    if shape == CORNERS:
        box[2:] = [end_of(box[0], box[2]), end_of(box[1], box[3])]
    old = was or model
    numbers = old.get(_BOX) or [0, 0, 0, 0]
    name = _category_key(old)
    made = dict(was or {})
    made[_BOX] = [_number(value, former) for value, former in zip(box, numbers, strict=False)]
    made[name] = like(old.get(name), label["category"])
    if label["id"] is not None:
        made[_ID] = like(old.get(_ID, 0), label["id"])
    for key in set(made) - {_BOX, name, _ID}:
        del made[key]
    return {**made, **attributes_of(label)}


def _number(value: float, model: Any) -> int | float:
    """A whole number as the file spells such, with a point or without."""
    return int(value) if isinstance(model, int) and value.is_integer() else value
