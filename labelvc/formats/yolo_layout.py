"""What surrounds YOLO's label files: class list, splits, keypoint shape, where the files lie."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from labelvc.core.errors import LabelvcError, NotFound, ParseError, SettingNeeded, shorten
from labelvc.formats.base import Settings
from labelvc.formats.folder import label_paths
from labelvc.formats.source import Source
from labelvc.formats.splits import IMAGES, SPLITS, Layout, SplitList, split_folders
from labelvc.formats.yaml_bounds import check_bounds

TASKS = ("detect", "segment", "pose", "obb")
HOME = "labels"
# Which file holds the class list where several could: the first of these.
_YAML = (r"data\.ya?ml", r"dataset\.ya?ml", r".*\.ya?ml")
_NAMES = (*_YAML, r"obj\.names", r".*\.names", r"classes\.txt")
# How the names of all those end, and those of the lists of splits beside them.
_BESIDE = (
    *(".yaml", ".yml", ".names", ".data", "classes.txt"),
    *(f"{split}.txt" for split in SPLITS),
)
_NO_LABELS = re.compile(r"(classes|readme.*|.*\.names)\.txt", re.IGNORECASE)


@dataclass(frozen=True)
class Scheme:
    """How to read a label set. `names` by class index; None where no class list is known."""

    paths: Sequence[str]
    layout: Layout
    names: Mapping[int, str] | None
    names_path: str | None
    task: str | None
    kpt_shape: tuple[int, int] | None


def scheme_of(source: Source, settings: Settings) -> Scheme:
    """The scheme of a label set. Opens only class list, data.yaml and split lists."""
    key = (__name__, *sorted(settings.items()))
    return source.once(key, lambda: _scheme(source, settings))


def _scheme(source: Source, settings: Settings) -> Scheme:
    for name, allowed in (("task", TASKS), ("keys", ("stem", "path"))):
        if settings.get(name, allowed[0]) not in allowed:
            raise LabelvcError(
                f"{source.name}: {name} is {settings[name]!r}, expected one of {', '.join(allowed)}"
            )
    near = [path for path in source.files if path.endswith(_BESIDE) and path.count("/") <= 1]
    config = _config(source, near)
    names, names_path = _names(source, near, settings.get("names"))
    layout = _layout(source, near, config, whole=settings.get("keys") == "path")
    lists = {one.path for one in layout.lists}
    paths = [
        path
        for path in label_paths(source, ".txt", HOME)
        if path not in lists and not _NO_LABELS.fullmatch(path.rpartition("/")[2])
    ]
    task = settings.get("task")
    shape = None
    if task in (None, "pose"):
        shape = _kpt_shape(source, settings.get("kpt_shape"), config)
    if task == "pose" and shape is None:
        raise SettingNeeded(
            f"{source.name}: how many keypoints a label has is not known",
            hint="Set `kpt_shape: K,3` (or K,2 without visibility).",
        )
    return Scheme(paths, layout, names, names_path, task, shape)


def read_yaml(source: Source, path: str) -> dict[str, Any]:
    """A YAML mapping whose scalars are left as text, so that a class may be called `no`."""
    where = source.where(path)
    try:
        text = source.files[path].read().decode("utf-8-sig")
        check_bounds(text, where)
        # BaseLoader builds nothing but text, lists and mappings
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise ParseError(where, place, expected="valid YAML", found=str(problem)) from None
    if not isinstance(found, dict):
        raise ParseError(where, "line 1", expected="a mapping", found=shorten(found))
    return found


def _config(source: Source, near: Sequence[str]) -> dict[str, Any]:
    """The train, val, test entries and kpt_shape of data.yaml, or train and valid of obj.data."""
    for path in _ranked(near, _YAML):
        found = read_yaml(source, path)
        if "names" in found or "train" in found:
            return found
    for path in _ranked(near, (r"obj\.data", r".*\.data")):
        lines = source.files[path].read().decode("utf-8-sig", "replace").splitlines()
        pairs = [line.partition("=") for line in lines if "=" in line]
        return {name.strip(): value.strip() for name, _, value in pairs}
    return {}


def _ranked(paths: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The paths whose base name fits a pattern: outer ones first, then by pattern, then by name."""
    found = []
    for path in paths:
        base = posixpath.basename(path)
        ranks = [rank for rank, pattern in enumerate(patterns) if re.fullmatch(pattern, base)]
        found += [(path.count("/") - path.startswith("../"), rank, path) for rank in ranks[:1]]
    return [path for _, _, path in sorted(found)]


def _names(
    source: Source, near: Sequence[str], setting: str | None
) -> tuple[dict[int, str] | None, str | None]:
    if setting is not None and setting not in source.files:
        if "," not in setting and re.search(r"\.(ya?ml|txt|names)$", setting):
            raise NotFound(
                f"{source.name}: its class list {setting!r} (setting `names`) does not exist",
                hint="Give a path relative to the label set, or the names: `names: cat,dog`.",
            )
        listed = [name.strip() for name in setting.split(",")]
        return _checked(source.name, dict(enumerate(listed))), None
    for path in [setting] if setting else _ranked(near, _NAMES):
        if re.search(r"\.ya?ml$", path):
            found = _yaml_names(source, path)
        else:
            text = source.files[path].read().decode("utf-8-sig", "replace").rstrip()
            found = dict(enumerate(line.strip() for line in text.splitlines()))
        if found is not None:
            return _checked(source.where(path), found), path
    return None, None


def _yaml_names(source: Source, path: str) -> dict[int, str] | None:
    names = read_yaml(source, path).get("names")
    if names in (None, ""):
        return None
    pairs = list(enumerate(names)) if isinstance(names, list) else names
    try:
        found = {int(at): name for at, name in dict(pairs).items()}
    except (TypeError, ValueError):
        found = {-1: ""}
    if any(at < 0 or not isinstance(name, str) for at, name in found.items()):
        raise ParseError(
            source.where(path),
            "names",
            expected="a list of class names, or a mapping from class index to name",
            found=shorten(names),
        )
    return dict(sorted(found.items()))


def _checked(where: str, names: dict[int, str]) -> dict[int, str]:
    seen: set[str] = set()
    for at, name in names.items():
        if not name or name in seen:
            found = f"{name!r} a second time" if name else "nothing"
            raise ParseError(where, f"class {at}", expected="a name of its own", found=found)
        seen.add(name)
    return names


def _layout(
    source: Source, near: Sequence[str], config: Mapping[str, Any], *, whole: bool
) -> Layout:
    custom: dict[str, str] = {}
    lists: dict[str, SplitList] = {}
    for split, entry in config.items():
        if split not in SPLITS:
            continue
        # darknet says `valid`, and that is its own word
        for part in entry if isinstance(entry, list) else [entry]:
            path = str(part).replace("\\", "/")
            if not path:
                continue
            if path.endswith(".txt"):
                found = [one for one in source.files if f"/{path}".endswith(f"/{one}")]
                lists |= {one: _split_list(source, one, split) for one in found}
            else:
                folders = [one for one in path.split("/") if one not in ("", ".", "..", "images")]
                custom.setdefault(folders[-1] if folders else "", split)
    for path in near:
        split, suffix = posixpath.splitext(path)
        if suffix == ".txt" and split in SPLITS and path not in lists:
            one = _split_list(source, path, split)
            if any(line.rstrip().lower().endswith(_IMAGES) for line, _ in one.entries()):
                lists[path] = one
    in_order = sorted(lists.values(), key=lambda one: SPLITS.index(one.split))
    plain = Layout(".txt", HOME, split_folders(custom), tuple(in_order))
    return replace(plain, whole=whole)


_IMAGES = tuple(suffix.encode() for suffix in IMAGES)


def _split_list(source: Source, path: str, split: str) -> SplitList:
    return SplitList(path, split, source.files[path].read())


def _kpt_shape(
    source: Source, setting: str | None, config: Mapping[str, Any]
) -> tuple[int, int] | None:
    given = config.get("kpt_shape") if setting is None else setting.split(",")
    if given in (None, ""):
        return None
    try:
        points, numbers = (int(one) for one in given or ())
    except (TypeError, ValueError):
        points, numbers = 0, 0
    if points < 1 or numbers not in (2, 3):
        raise LabelvcError(
            f"{source.name}: kpt_shape is {shorten(given)}, expected the number of keypoints and"
            " 2 or 3 numbers a keypoint",
            hint="For example `kpt_shape: 17,3`.",
        )
    return points, numbers
