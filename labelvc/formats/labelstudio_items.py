"""Labels as results of Label Studio: the old results with what changed, or new ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.snapshot import CONTENT, canonical_json
from labelvc.formats.json_edit import same
from labelvc.formats.labelstudio_results import (
    ITEM,
    MEDIUM,
    PLAIN,
    TRANSCRIPTION,
    named_item,
    parts,
    split,
    text_for,
    usual_type,
)
from labelvc.formats.labelstudio_task import SIDES
from labelvc.formats.labelstudio_values import PLACED, loss, placed, value_of
from labelvc.formats.row_edits import attributes_of

Row = dict[str, Any]

# What goes without saying of a place.
_PLAIN_VALUES = {"rotation": 0, "closed": True}
_IMAGE_KINDS = ("box", "polygon", "keypoints", "ellipse", "mask")


def said_in(item: Row, labels: Sequence[Row]) -> None:
    """Make an answer about the whole task hold these classes or texts.

    Raises LossError.
    """
    kind, value = item["type"], item["value"]
    member = "text" if kind == "textarea" else kind
    told = [label["text"] if kind == "textarea" else label["category"] for label in labels]
    if told != parts(item):
        if any(one is None for one in told):
            raise loss(labels[0], f"an answer without a {member}")
        is_single = isinstance(value.get(member), str) and len(told) == 1
        paths = [split(one) for one in told] if kind == "taxonomy" else told
        value[member] = told[0] if is_single else paths
    item |= _score(item, labels[0])
    _put(item["value"], item, labels[0], attributes_of(labels[0]))


def _score(item: Mapping[str, Any], label: Mapping[str, Any]) -> Row:
    confidence = label["confidence"]
    if confidence is None and "score" not in item:
        return {}
    return {"score": item["score"] if item.get("score") == confidence else confidence}


def changed_region(items: Sequence[Row], label: Row, data: Mapping[str, Any], sample: Row) -> None:
    """Make the results about a region say what its label says.

    Raises LossError.
    """
    named = named_item(items)
    item = named or items[0]
    attributes = attributes_of(label)
    text = text_for(data, item, sample)
    old, _ = placed(items[0]["value"], items[0], text)
    new = value_of(label, attributes, items[0]["value"], text)
    moved = any(old.get(name) != label[name] for name in PLACED)
    for one in items:
        mine = {name for name in new if one is items[0] or name in one["value"]}
        mine -= {"text"} if one["type"] == "textarea" else set()
        mine -= set() if moved else {"rle"}  # a mask that is the same keeps its packing
        _update(one["value"], {name: new[name] for name in new if name in mine})
    _rename(items, named, label, attributes)
    _retell(items, named, label, attributes)
    item |= _score(item, label)
    _put(items[0]["value"], item, label, attributes)


def _update(value: Row, new: Mapping[str, Any]) -> None:
    """Change what differs."""
    for name, one in new.items():
        if name in value:
            if not same(value[name], one):
                value[name] = one
        elif name not in _PLAIN_VALUES or not same(_PLAIN_VALUES[name], one):
            value[name] = one


def _rename(items: Sequence[Row], named: Row | None, label: Row, attributes: Row) -> None:
    names = [label["category"], *attributes.pop("labels", [])]
    if label["category"] is None:
        if named is not None:
            raise loss(label, "a region that lost its name")
        return
    if named is None:
        raise loss(label, "a name for a region that has none")
    named["value"][named["type"]] = names
    if attributes.pop("type", named["type"]) not in (named["type"],):
        raise loss(label, "a region that became of another type")


def _retell(items: Sequence[Row], named: Row | None, label: Row, attributes: Row) -> None:
    """What else was asked about the region."""
    attributes.pop("text_name", None)
    has_text = False
    for item in items:
        kind, value = item["type"], item["value"]
        member = "text" if kind == "textarea" else kind
        told = value.get(member)
        single = [told] if isinstance(told, str) else told
        if item is named or member not in value:
            continue
        is_text = kind == "textarea" and isinstance(single, list) and len(single) == 1
        if is_text and not has_text:
            has_text = True
            if single != [label["text"]]:
                value[member] = label["text"] if told is not single else [label["text"]]
        elif str(item.get("from_name")) in attributes:
            value[member] = attributes.pop(str(item.get("from_name")))
    if label["text"] is not None and not has_text:
        raise loss(label, "a text of a region that has none")


def _put(value: Row, item: Row, label: Row, attributes: Row) -> None:
    """The other attributes, where they stood: in the value, else in the result."""
    attributes.pop("type", None)
    usual = {**PLAIN, "to_name": MEDIUM.get(label["kind"], "image")}
    told = {name: attributes.pop(name, plain) for name, plain in usual.items()}
    item |= {name: one for name, one in told.items() if item.get(name, usual[name]) != one}
    for name, one in attributes.items():
        home = value if name in value and name not in item else item
        if name not in home or not same(home[name], one):
            home[name] = one
    for name in [name for name in item if name not in ITEM and name not in attributes]:
        del item[name]


def new_items(label: Row, task: Mapping[str, Any], sample: Row) -> list[Row]:
    """The results of a label that has none: its region or answer, and the text of a region.

    Raises LossError.
    """
    attributes = attributes_of(label)
    kind = attributes.pop("type", usual_type(label))
    about = MEDIUM.get(label["kind"], "image")
    names = {
        "from_name": attributes.pop("from_name", "label"),
        "to_name": attributes.pop("to_name", about),
    }
    identity = label["id"] or _fresh_id(label)
    if label["kind"] in ("class", "text"):
        item: Row = {"id": identity, "type": kind, **names, "value": {}}
        said_in(item, [label])
        return [{**item, **attributes, "origin": attributes.get("origin", "manual")}]
    text = text_for(task["data"], names, sample)
    value = value_of(label, attributes, None, text)
    base = {"id": identity, **names, **_sizes(label, sample)}
    labelled = [label["category"], *attributes.pop("labels", [])]
    items: list[Row] = []
    if kind == "labels" and label["kind"] in _IMAGE_KINDS:
        shape = usual_type({**label, "category": None})
        items.append({**base, "type": shape, "value": dict(value)})
    told = {} if label["category"] is None else {kind: labelled}
    text_name = attributes.pop("text_name", TRANSCRIPTION)
    items.append(
        {**base, "type": kind, "value": {**value, **told}, "origin": "manual", **attributes}
    )
    items[-1] |= _score({}, label)
    if label["text"] is not None:
        told = {**value, "text": [label["text"]]}
        items.append({**base, "from_name": text_name, "type": "textarea", "value": told})
    return items


def _sizes(label: Row, sample: Row) -> Row:
    sides = SIDES[:2] if label["kind"] in _IMAGE_KINDS else SIDES[2:]
    return {
        name: int(sample[side]) if float(sample[side]).is_integer() else sample[side]
        for side, name in sides
        if sample[side] is not None and label["kind"] != "span"
    }


def _fresh_id(label: Row) -> str:
    """Ten letters that follow from what the label says, so that writing twice writes the same."""
    said = canonical_json([label[name] for name in CONTENT])
    return hashlib.sha1(said.encode(), usedforsecurity=False).hexdigest()[:10]
