"""Two versions of a dvc.lock put together, stage by stage."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import LabelvcError, ParseError, shorten
from labelvc.repo.pointer import load_document

# In these DVC lists paths, and their order says nothing.
_PATHS = ("deps", "outs")
_STAGES, _SCHEMA = "stages", "schema"


@dataclass(frozen=True)
class LockMerge:
    """The merged dvc.lock, as DVC would write it.

    `dropped` are the stages that both sides changed differently: the lock no longer has them, so
    `dvc repro` runs them again.
    """

    content: bytes
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """A stage, or a key beside `stages`: as ruamel keeps it with its text, and what it means."""

    value: Any
    meaning: str


@dataclass(frozen=True)
class _Lock:
    """One version of the file; `schema` is "" where it is empty."""

    tree: Any
    schema: str
    stages: Mapping[str, _Entry]
    others: Mapping[str, _Entry]


def merge_lock(base: bytes, ours: bytes, theirs: bytes, where: str = "dvc.lock") -> LockMerge:
    """Merge three versions of a dvc.lock, any of which may be empty.

    A stage that one side changed, added or removed is that side's. Raises ParseError for what is
    no lock, and LabelvcError where the sides disagree about anything but stages.
    """
    before, our, their = (_read(content, where) for content in (base, ours, theirs))
    if our.schema and their.schema and our.schema != their.schema:
        raise LabelvcError(
            f"{where}: ours is of schema {our.schema}, theirs of schema {their.schema}",
            hint="Run `dvc repro` with one version of DVC on both branches, and merge again.",
        )
    if theirs in (base, ours):
        return LockMerge(ours, ())
    if ours == base:
        return LockMerge(theirs, ())
    others, clashes = _settle(before.others, our.others, their.others)
    if clashes:
        raise LabelvcError(
            f"{where}: both sides changed {', '.join(map(str, clashes))}",
            hint=f"Take one side, `git checkout --ours {where}` or `--theirs`, and `dvc repro`.",
        )
    stages, dropped = _settle(before.stages, our.stages, their.stages)
    schema = our.schema or their.schema
    return LockMerge(_write(our.tree, schema, others, stages), tuple(sorted(dropped)))


def _settle(
    base: Mapping[str, _Entry], ours: Mapping[str, _Entry], theirs: Mapping[str, _Entry]
) -> tuple[dict[str, Any], list[str]]:
    """What is kept, theirs' additions last as DVC would add them, and the names that clash."""
    kept: dict[str, Any] = {}
    clashes = []
    for name in dict.fromkeys((*ours, *theirs)):
        sides = base.get(name), ours.get(name), theirs.get(name)
        before, our, their = (entry and entry.meaning for entry in sides)
        if before not in (our, their) and our != their:
            clashes.append(name)
        elif entry := sides[2] if our == before else sides[1]:
            kept[name] = entry.value
    return kept, clashes


def _read(content: bytes, where: str) -> _Lock:
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    try:
        if not load_document(content, where):  # it also refuses what ruamel would choke on
            return _Lock(CommentedMap(), "", {}, {})
        tree = YAML().load(content.decode("utf-8-sig"))
        others = {name: value for name, value in tree.items() if name not in (_SCHEMA, _STAGES)}
        return _Lock(
            tree,
            _schema(tree, where),
            {name: _stage(name, stage, where) for name, stage in _stages(tree, where).items()},
            {name: _Entry(value, _meaning(value)) for name, value in others.items()},
        )
    except (YAMLError, ValueError, LookupError, AttributeError) as error:
        # The last three come of tags that do not suit their values, such as `!!bool x`
        found = shorten(getattr(error, "problem", error))
        raise ParseError(where, "", expected="YAML as DVC writes it", found=found) from None


def _schema(tree: Mapping[Any, Any], where: str) -> str:
    schema = tree.get(_SCHEMA)
    if not schema or not isinstance(schema, str):
        raise ParseError(where, _SCHEMA, expected="the schema of a dvc.lock", found=shorten(schema))
    return schema


def _stages(tree: Mapping[Any, Any], where: str) -> Mapping[Any, Any]:
    stages = tree.get(_STAGES, {})
    if not isinstance(stages, Mapping):
        raise ParseError(where, _STAGES, expected="stages by name", found=shorten(stages))
    return stages


def _stage(name: object, stage: object, where: str) -> _Entry:
    if not isinstance(name, str) or not isinstance(stage, Mapping):
        raise ParseError(where, f"stage {name}", expected="a stage", found=shorten(stage))
    unordered = {
        key: sorted(map(_meaning, value)) if key in _PATHS and isinstance(value, list) else value
        for key, value in stage.items()
    }
    return _Entry(stage, _meaning(unordered))


def _meaning(value: object) -> str:
    """A text that is equal for equal values: the order of keys and how they were written aside."""
    if isinstance(value, Mapping):
        pairs = (f"{_meaning(key)}: {_meaning(item)}" for key, item in value.items())
        return f"{{{', '.join(sorted(pairs))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_meaning, value))}]"
    return repr(value)


def _write(tree: Any, schema: str, others: Mapping[str, Any], stages: Mapping[str, Any]) -> bytes:
    """Into ours' tree, which keeps its comments and the order of its keys."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    entries = {_SCHEMA: schema, **others}
    if stages:  # an empty mapping is written in braces, and DVC would go on inside them
        entries[_STAGES] = CommentedMap(stages)
    for name in [name for name in tree if name not in entries]:
        del tree[name]
    tree.update(entries)
    out = io.BytesIO()
    YAML().dump(tree, out)  # DVC uses ruamel's own width and indents too
    return out.getvalue()
