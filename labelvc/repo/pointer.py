"""DVC's pointers (`.dvc` files and dvc.lock): what they say of each tracked path."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.yaml_bounds import check_bounds

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Output:
    """One tracked path of a pointer; `path` is POSIX, relative to the project root.

    `hash` is "" where the pointer has none yet (an import without download). `files` are the
    files of a folder with their md5, where the pointer lists them itself (cloud versioning). `size`
    is of all files, in bytes, where the pointer tells.
    """

    path: str
    hash: str
    hash_name: str
    is_dir: bool
    remote: str | None = None
    files: Mapping[str, str] | None = None
    size: int | None = None


@dataclass(frozen=True)
class Pointer:
    """What a `.dvc` file says. `is_import`: it comes from another repository or a URL."""

    outs: tuple[Output, ...]
    meta: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    is_import: bool = False


@dataclass(frozen=True)
class Stored:
    """The stored content of a label set at a revision.

    `hash` is of the label set itself, also where it lies `inner` in a larger tracked folder,
    whose own hash is then `enclosing`. `how`: "dvc" (a `.dvc` file), "stage" (dvc.lock),
    "inside" (a larger tracked folder) or "git" (plain Git files). `pointer` is the file that
    says so, "" for plain Git files.
    """

    hash: str
    hash_name: str
    is_dir: bool
    how: str
    pointer: str = ""
    inner: str = ""
    enclosing: str = ""
    remote: str | None = None
    meta: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def same_content(self, other: Stored) -> bool:
        """Equal by what the pointers say, without looking at any content."""
        return (self.hash, self.hash_name) == (other.hash, other.hash_name)


def parse_pointer(content: bytes, where: str) -> Pointer:
    """Read a `.dvc` file. `where` is its path relative to the project root.

    Raises ParseError for anything that is no pointer, and for paths that leave the project.
    """
    document = load_document(content, where)
    base = _join(posixpath.dirname(where), _text(document.get("wdir"), "."), where)
    outs = tuple(_outputs(document.get("outs"), base, where))
    deps = _list(document.get("deps"), where)
    meta = document.get("meta")
    return Pointer(outs, meta if isinstance(meta, dict) else _NOTHING, is_import=bool(deps))


def parse_lock(content: bytes, where: str, folders: Mapping[str, str]) -> tuple[Output, ...]:
    """Read the outputs of all stages out of a dvc.lock.

    `folders` gives the working folder of a stage as its dvc.yaml says (see `stage_folders`).
    """
    document = load_document(content, where)
    stages = document.get("stages", {}) if "schema" in document else document
    base = posixpath.dirname(where)
    found: list[Output] = []
    for name, stage in (stages or {}).items():
        if not isinstance(stage, dict):
            raise ParseError(where, f"stage {name}", expected="a stage", found=shorten(stage))
        folder = folders.get(str(name), folders.get(str(name).partition("@")[0], "."))
        inside = _join(base, folder, where)
        found += _outputs(stage.get("outs"), inside, where)
    return tuple(found)


def stage_folders(content: bytes, where: str) -> dict[str, str]:
    """The working folder of each stage in a dvc.yaml that has one of its own."""
    stages = load_document(content, where).get("stages") or {}
    folders = {}
    for name, stage in stages.items():
        body = stage.get("do", stage) if isinstance(stage, dict) else {}
        if isinstance(body, dict) and "wdir" in body:
            folders[str(name)] = str(body["wdir"])
    return folders


def meta_block(stored: Stored, set_name: str) -> Mapping[str, Any] | None:
    """What `labelvc commit` noted of a label set in its pointer, or None where it is stale."""
    blocks = stored.meta.get("labelvc")
    block = blocks.get(set_name) if isinstance(blocks, dict) else None
    if not isinstance(block, dict) or not stored.hash or block.get("md5") != stored.hash:
        return None
    return block


def with_meta(content: bytes, set_name: str, block: Mapping[str, Any]) -> bytes:
    """The pointer with `meta.labelvc.<set name>` replaced; all else, comments too, stays."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    parse = YAML()
    parse.preserve_quotes = True
    parse.width = 4096
    document = parse.load(content.decode("utf-8-sig"))
    if not isinstance(document.get("meta"), dict):
        document["meta"] = CommentedMap()
    if not isinstance(document["meta"].get("labelvc"), dict):
        document["meta"]["labelvc"] = CommentedMap()
    document["meta"]["labelvc"][set_name] = dict(block)
    out = io.BytesIO()
    parse.dump(document, out)
    return out.getvalue()


def check_inside(path: str, where: str) -> str:
    """A path of a listing as it is. Raises ParseError where it would leave its folder."""
    if path.startswith("/") or "\0" in path or ".." in path.split("/") or not path:
        raise ParseError(where, "", expected="a path inside the folder", found=shorten(path))
    return path


def load_document(content: bytes, where: str) -> dict[str, Any]:
    """A stranger's YAML as plain values, {} for an empty file. Raises ParseError for no mapping."""
    try:
        text = content.decode("utf-8-sig")
        check_bounds(text, where)
        document = yaml.load(text, Loader=_LOADER)  # noqa: S506
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        raise ParseError(where, place, expected="UTF-8", found="other bytes") from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(content, where, error) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError) as error:
        raise ParseError(where, "", expected="YAML", found=str(error)) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ParseError(where, "", expected="a DVC file", found=shorten(document))
    return document


def _not_yaml(content: bytes, where: str, error: yaml.MarkedYAMLError) -> ParseError:
    line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
    if b"<<<<<<< " in content:
        return ParseError(
            where,
            line,
            expected="YAML",
            found="conflict marks of Git",
            hint="`labelvc merge --continue` merges its labels; or take one side: "
            f"`git checkout --ours {where}` or `--theirs`.",
        )
    return ParseError(where, line, expected="YAML", found=str(error.problem))


def _outputs(entries: Any, base: str, where: str) -> Iterator[Output]:
    """The outputs inside the project; those on other machines or disks are no label sets."""
    for entry in _list(entries, where):
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            raise ParseError(where, "outs", expected="an output with a path", found=shorten(entry))
        if "://" not in entry["path"] and not entry["path"].startswith("/"):
            yield _output(entry, base, where)


def _output(entry: Mapping[str, Any], base: str, where: str) -> Output:
    name, value = _hash(entry)
    files = entry.get("files")
    listed = isinstance(files, list)
    return Output(
        path=_join(base, entry["path"], where),
        hash=value,
        hash_name=name,
        is_dir=value.endswith(".dir") or listed,
        remote=_text(entry.get("remote"), "") or None,
        files=_listed(files, where) if isinstance(files, list) else None,
        size=size if isinstance(size := entry.get("size"), int) else None,
    )


def _hash(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The hash and its name; before DVC 3 an md5 was of the text with unix newlines."""
    if isinstance(entry.get("md5"), str):
        return ("md5" if entry.get("hash") == "md5" else "md5-dos2unix"), entry["md5"]
    for name in ("etag", "checksum"):
        if isinstance(entry.get(name), str):
            return name, entry[name]
    return "md5", ""


def _listed(files: list[Any], where: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for entry in files:
        if not isinstance(entry, dict) or not isinstance(entry.get("relpath"), str):
            raise ParseError(where, "outs", expected="files with a relpath", found=shorten(entry))
        if not isinstance(entry.get("md5"), str):
            return None
        found[check_inside(entry["relpath"], where)] = entry["md5"]
    return found


def _list(value: Any, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ParseError(where, "", expected="a list of outputs", found=shorten(value))
    return value


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _join(base: str, path: str, where: str) -> str:
    """A path relative to the project root. Raises ParseError where it leaves the project."""
    joined = posixpath.normpath(posixpath.join(base, path.replace("\\", "/")))
    if joined.startswith(("/", "../")) or joined == ".." or "\0" in joined:
        raise ParseError(where, "outs", expected="a path inside the project", found=shorten(path))
    return joined
