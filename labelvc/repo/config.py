"""labelvc.yaml: which label sets there are, and how they are read."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import yaml

from labelvc.core.check_rules import DEFAULT, Rules
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.merge_policy import Policy
from labelvc.repo.check_config import parse_rules
from labelvc.repo.database_config import Layout, parse_layout, written_layout
from labelvc.repo.merge_config import parse_policy, written_policy
from labelvc.repo.yaml_nodes import compose, entries_of, is_empty, scalar, wrong

FILE = "labelvc.yaml"
VERSION = 1

TASKS = (
    "image-classification",
    "object-detection",
    "image-segmentation",
    "keypoint-detection",
    "text-classification",
    "token-classification",
    "audio-classification",
    "automatic-speech-recognition",
)
_CHOICES = {
    "ids": ("auto", "trusted", "untrusted"),
    "annotators": ("joint", "independent"),
    "task": TASKS,
}
_KEYS = ("path", "format", "key", "ids", "annotators", "media", "task")
_SETTINGS = "settings"
_MERGE = "merge"
_CHECK = "check"
_DATABASE = "database"
_MLFLOW = ("tracking_uri", "experiment")
_NAME = re.compile(r"[\w][\w.-]*")


@dataclass(frozen=True)
class LabelSet:
    """A tracked path of labels. `path` and `media` are POSIX, relative to the project root.

    `settings` are those of the format; labelvc.yaml keeps them apart, as formats may use any name.
    """

    name: str
    path: str
    format: str | None = None
    key: str | None = None
    ids: str = "auto"
    annotators: str = "joint"
    media: str | None = None
    task: str | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    merge: Policy = field(default_factory=Policy)
    database: Layout = field(default_factory=Layout)


@dataclass(frozen=True)
class Config:
    """The label sets in the order they are declared, and what holds for the whole project."""

    sets: tuple[LabelSet, ...] = ()
    # where scores are logged: `tracking_uri`, `experiment`
    mlflow: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    check: Rules = DEFAULT
    # of the label sets, by name, that set some on top of the project's
    set_checks: Mapping[str, Rules] = field(default_factory=lambda: MappingProxyType({}))

    def rules(self, name: str) -> Rules:
        """The rules by which the label set of that name is checked."""
        return self.set_checks.get(name, self.check)

    def by_name(self, name_or_path: str) -> LabelSet:
        """The label set of that name, else of that path. Raises NotFound."""
        return choose(self.sets, name_or_path)


def choose(sets: tuple[LabelSet, ...], name_or_path: str) -> LabelSet:
    """The label set of that name, else of that path. Raises NotFound with close names."""
    path = name_or_path.removeprefix("./").rstrip("/").removesuffix(".dvc")
    for label_set in sets:
        if label_set.name == name_or_path:
            return label_set
    for label_set in sets:
        if label_set.path == path:
            return label_set
    known = [label_set.name for label_set in sets]
    close = difflib.get_close_matches(name_or_path, known, 3)
    if close:
        hint = f"Did you mean {' or '.join(close)}?"
    elif known:
        hint = f"Label sets here: {', '.join(known)}."
    else:
        hint = "`labelvc add PATH` declares one."
    raise NotFound(f"no label set {name_or_path!r}", hint=hint)


def parse_config(content: bytes, where: str = FILE) -> Config:
    """The label sets that the content of a labelvc.yaml declares. Raises ParseError."""
    root = compose(content, where)
    if root is None:
        return Config()
    top = entries_of(root, where, known=("version", "task", "mlflow", _CHECK, "sets"))
    version = top.get("version")
    if version is not None and scalar(version, where) != str(VERSION):
        raise wrong(version, where, f"version: {VERSION}", scalar(version, where))
    _check_choices(top, where)
    task = scalar(top["task"], where) if "task" in top else None
    mlflow = entries_of(top["mlflow"], where, known=_MLFLOW) if "mlflow" in top else {}
    store = MappingProxyType({key: scalar(value, where) for key, value in mlflow.items()})
    rules = parse_rules(top[_CHECK], where) if _CHECK in top else DEFAULT
    if "sets" not in top or is_empty(top["sets"]):
        return Config(mlflow=store, check=rules)
    declared = entries_of(top["sets"], where)
    sets = tuple(
        replace(found, task=found.task or task)
        for found in (_label_set(name, node, where) for name, node in declared.items())
    )
    return Config(sets, store, rules, MappingProxyType(_set_checks(declared, where, rules)))


def with_set(content: bytes | None, label_set: LabelSet) -> bytes:
    """The content with one label set added or replaced; comments and order stay.

    Raises ParseError where the content is no labelvc.yaml.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    parse_config(content or b"")
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 4096
    document = (editor.load(content.decode("utf-8-sig")) if content else None) or CommentedMap()
    document.setdefault("version", VERSION)
    if not document.get("sets"):
        document["sets"] = CommentedMap()
    document["sets"][label_set.name] = CommentedMap(_written(label_set))
    out = io.BytesIO()
    editor.dump(document, out)
    return out.getvalue()


def check_name(name: str) -> None:
    """Refuse a name that could not stand in a trailer or on a command line."""
    if not _NAME.fullmatch(name):
        raise LabelvcError(
            f"{name!r} cannot be the name of a label set",
            hint="Use letters, digits, '.', '_' and '-', beginning with a letter or digit.",
        )


def _written(label_set: LabelSet) -> dict[str, object]:
    """The keys worth writing: those that differ from their default."""
    plain = LabelSet(label_set.name, "")
    values = {key: getattr(label_set, key) for key in _KEYS}
    chosen = {key: value for key, value in values.items() if value != getattr(plain, key)}
    if label_set.merge != plain.merge:
        chosen[_MERGE] = written_policy(label_set.merge)
    if label_set.database != plain.database:
        chosen[_DATABASE] = written_layout(label_set.database)
    return {**chosen, **({_SETTINGS: dict(label_set.settings)} if label_set.settings else {})}


def _label_set(name: str, node: yaml.Node, where: str) -> LabelSet:
    if not _NAME.fullmatch(name):
        raise wrong(node, where, "a name of letters, digits, '.', '_' and '-'", name)
    entries = entries_of(node, where, at=f"sets.{name}")
    _check_choices(entries, where)
    settings = entries_of(entries.pop(_SETTINGS), where) if _SETTINGS in entries else {}
    merge = parse_policy(entries.pop(_MERGE), where) if _MERGE in entries else Policy()
    database = parse_layout(entries.pop(_DATABASE), where) if _DATABASE in entries else Layout()
    entries.pop(_CHECK, None)
    for key, value in entries.items():
        if key not in _KEYS:
            known_keys = (*_KEYS, _MERGE, _CHECK, _DATABASE)
            close = difflib.get_close_matches(key, known_keys, 1)
            known = (
                f"{close[0]}?"
                if close
                else f"{', '.join(known_keys)}; those of formats in settings"
            )
            raise wrong(value, where, f"a known key ({known})", key)
    if "path" not in entries:
        raise wrong(node, where, "a path", f"none in sets.{name}")
    texts = {key: scalar(value, where) for key, value in entries.items()}
    for key in ("path", "media"):
        if key in texts:
            texts[key] = _inside(texts[key], entries[key], where)
    path = texts.pop("path")
    told = {key: scalar(value, where) for key, value in settings.items()}
    return LabelSet(
        name, path, **texts, settings=MappingProxyType(told), merge=merge, database=database
    )


def _set_checks(declared: Mapping[str, yaml.Node], where: str, above: Rules) -> dict[str, Rules]:
    """The rules of the label sets that have some of their own."""
    keys = {name: entries_of(node, where) for name, node in declared.items()}
    return {
        name: parse_rules(entries[_CHECK], where, above)
        for name, entries in keys.items()
        if _CHECK in entries
    }


def _check_choices(entries: Mapping[str, yaml.Node], where: str) -> None:
    for key, choices in _CHOICES.items():
        if key in entries and scalar(entries[key], where) not in choices:
            found = scalar(entries[key], where)
            raise wrong(entries[key], where, f"{key}: {' or '.join(choices)}", found)


def _inside(path: str, node: yaml.Node, where: str) -> str:
    """A clean relative path. Raises ParseError where it would leave the project."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith(("/", "~")) or ".." in parts or not parts or "\0" in path:
        raise wrong(node, where, "a path inside the project", path)
    return "/".join(parts)
