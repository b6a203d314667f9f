"""params.yaml: what steers the stages."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from labelvc.core.errors import LabelvcError, ParseError, shorten
from labelvc.formats.yaml_bounds import check_bounds
from labelvc.repo.config import LabelSet

FILE = "params.yaml"
_SECTIONS = ("preprocess", "evaluate")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both of them safe
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Params:
    """The sections of params.yaml that concern one label set, its own entries counting first."""

    preprocess: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    evaluate: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


def params_of(content: bytes | None, set_name: str, where: str = FILE) -> Params:
    """What the content of a params.yaml says of a label set. Raises ParseError.

    `sets.NAME.preprocess` and `sets.NAME.evaluate` override the sections of the same name.
    """
    document = _load(content, where) if content else {}
    own = _mapping(_mapping(document, "sets", where), set_name, where)
    preprocess, evaluate = (
        {**_mapping(document, section, where), **_mapping(own, section, where)}
        for section in _SECTIONS
    )
    return Params(preprocess, evaluate)


def with_entry(content: bytes, label_set: LabelSet) -> bytes:
    """The content with the label set under `sets`, where dvc.yaml finds it; all else stays.

    A set without media names its labels there: `dvc.yaml` has one list of dependencies for all.
    Raises ParseError where the content is no params.yaml, and leaves one without `sets` as it is.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    if "sets" not in _load(content, FILE):
        return content
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 4096
    document = editor.load(content.decode("utf-8-sig"))
    if not document["sets"]:
        document["sets"] = CommentedMap()
    entry = document["sets"].setdefault(label_set.name, CommentedMap())
    entry["path"] = label_set.path
    entry["media"] = label_set.media or label_set.path
    out = io.BytesIO()
    editor.dump(document, out)
    return out.getvalue()


def named_sets(content: bytes) -> list[str]:
    """The label sets that the content of a params.yaml names. Raises ParseError."""
    return list(map(str, _mapping(_load(content, FILE), "sets", FILE)))


def read_params(root: Path) -> bytes | None:
    """The content of the project's params.yaml, or None where there is none."""
    try:
        return (root / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LabelvcError(f"{FILE}: cannot be read: {error.strerror}") from None


def _load(content: bytes, where: str) -> Mapping[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        check_bounds(text, where)
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506
    except UnicodeDecodeError as error:
        raise ParseError(where, f"byte {error.start}", expected="UTF-8", found="others") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ParseError(where, line, expected="YAML", found=str(error.problem)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ParseError(where, "", expected="YAML", found=str(error)) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ParseError(where, "", expected="keys with values", found=shorten(document))
    return document


def _mapping(document: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParseError(where, key, expected="keys with values", found=shorten(value))
    return value
