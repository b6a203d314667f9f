"""IDX label files, as of MNIST (`train-labels-idx1-ubyte`, gzipped or not): a byte a sample.

A sample is a place in the file; beside the images in a folder it is `train/0`. Of gzipped files the
values are kept where something was edited, else every byte.
"""

from __future__ import annotations

import gzip
import posixpath
import re
import zlib
from collections.abc import Mapping

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.folder import Contents, documents_of, refuse_losses
from labelvc.formats.index_labels import (
    NAMES_HELP,
    IndexScan,
    class_names,
    classes_of,
    in_places,
    numbered,
    only_one,
)
from labelvc.formats.source import Blob, Source

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

NAME = "idx"
TITLE = "IDX label files, as of MNIST"
CARRIES = Carries(kinds=frozenset({"class"}), samples=frozenset({"split"}), taxonomy=True)
SETTINGS = {"names": NAMES_HELP}
_MAGIC = b"\x00\x00\x08\x01"  # unsigned bytes in one dimension
_HEAD = 8
_GZIP = b"\x1f\x8b"
# What deflate makes of a byte at most.
_RATIO = 1032
_LABELS = re.compile(r"(?:(\w+)[-_.])?labels[-_.]idx1[-_.]ubyte(?:\.gz)?", re.IGNORECASE)
_SPLITS = {"t10k": "test", "test": "test", "train": "train", "val": "val"}
_BYTES = 256


def sniff(source: Source) -> str | None:
    """Files named as IDX labels, or with the first bytes of such."""
    paths = _paths(source)
    if not paths or not all(_has_magic(source.files[path]) for path in paths):
        return None
    return f"{posixpath.basename(paths[0])} begins as IDX labels do"


def _paths(source: Source) -> list[str]:
    if not source.is_folder:
        return list(source.files)
    return sorted(p for p in source.files if _LABELS.fullmatch(posixpath.basename(p)))


def _has_magic(blob: Blob) -> bool:
    content = blob.read()
    if content.startswith(_GZIP):
        try:
            content = zlib.decompressobj(wbits=31).decompress(content, _HEAD)
        except zlib.error:
            return False
    return content.startswith(_MAGIC)


def settle(source: Source, settings: Settings) -> Settings:
    """There is nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> IndexScan:
    """The labels in order; raises ParseError for other headers and for files cut short."""
    names = class_names(settings)
    samples: list[tuple[str, str | None, tuple[str, ...]]] = []
    contents: dict[str, bytes] = {}
    for path in _paths(source):
        contents[path] = source.files[path].read()
        prefix, split = _place(path, is_folder=source.is_folder)
        where = source.where(path)
        for at, value in enumerate(_values(where, contents[path])):
            if names and value >= len(names):
                place = f"byte {_HEAD + at}"
                raise ParseError(
                    where, place, expected=f"a class below {len(names)}", found=str(value)
                )
            samples.append((f"{prefix}{at}", split, (names[value] if names else str(value),)))
    if not contents:
        raise ParseError(source.name, "", expected="files named as IDX labels", found="none")
    rest = {path: blob for path, blob in source.files.items() if path not in contents}
    documents = {"contents": _Contents(contents), "rest": rest, "folder": source.is_folder}
    return IndexScan(NAME, samples, names, documents)


class _Contents(dict[str, bytes]):
    """The files as they were; not to be printed."""

    def __repr__(self) -> str:
        return f"{len(self)} files"


def _place(path: str, *, is_folder: bool) -> tuple[str, str | None]:
    """What keys begin with, and the split."""
    folder, name = posixpath.split(path)
    found = _LABELS.fullmatch(name)
    stem = (found[1] or "") if found else ""
    prefix = "/".join(part for part in (folder, stem) if part)
    return f"{prefix}/" if is_folder and prefix else "", _SPLITS.get(stem.lower())


def _values(where: str, content: bytes) -> bytes:
    """The labels, of which a file claims no more than it can hold; raises ParseError."""
    data = _unpacked(where, content) if content.startswith(_GZIP) else content
    if not data.startswith(_MAGIC) or len(data) < _HEAD:
        found = data[:4].hex(" ") or "nothing"
        raise ParseError(where, "byte 0", expected="00 00 08 01, as IDX labels begin", found=found)
    count = int.from_bytes(data[4:_HEAD], "big")
    if len(data) != _HEAD + count:
        found = f"{len(data) - _HEAD:,}" if len(data) < _HEAD + count else "more"
        raise ParseError(where, "byte 4", expected=f"{count:,} labels", found=found)
    return data[_HEAD:]


def _unpacked(where: str, content: bytes) -> bytes:
    """The content of a gzip file, as far as its header says that there is some, and a byte more."""
    try:
        head = zlib.decompressobj(wbits=31).decompress(content, _HEAD)
        count = int.from_bytes(head[4:_HEAD], "big")
        if head.startswith(_MAGIC) and count > _RATIO * len(content):
            found = f"{len(content):,} bytes, which cannot hold them"
            raise ParseError(where, "byte 4", expected=f"{count:,} labels", found=found)
        limit = _HEAD + count + 1 if head.startswith(_MAGIC) else _HEAD
        packed = zlib.decompressobj(wbits=31)
        data = packed.decompress(content, limit)
    except zlib.error as error:
        raise ParseError(where, "", expected="a gzip file", found=str(error)) from None
    if head.startswith(_MAGIC) and not packed.eof and len(data) == _HEAD + count:
        packed.decompress(packed.unconsumed_tail, 1)  # the check sum alone may be left
        if not packed.eof:
            raise ParseError(where, "", expected="a gzip file", found="one cut short")
    return data


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files; raises LossError for classes that are no bytes, and for gaps among samples."""
    refuse_losses(snapshot, CARRIES, TITLE)
    documents = documents_of(snapshot, NAME)
    classes = classes_of(snapshot)
    splits = dict(snapshot.samples.select("sample", "split").iter_rows())
    before: Mapping[str, bytes] = documents.get("contents") or _plain(splits)
    is_folder = documents.get("folder", len(before) > 1)
    names = class_names(settings)
    files = {}
    for path in before:
        prefix, split = _place(path, is_folder=is_folder)
        own = {key: classes.pop(key) for key in list(classes) if _is_under(key, prefix)}
        odd = next((key for key in own if splits[key] != split), None)
        if odd is not None:
            raise LossError(f"sample {odd!r}: all samples of {path} are of the split {split!r}")
        files[path] = _written(before[path], path, in_places(own, prefix), names)
    if classes:
        raise LossError(f"sample {min(classes)!r}: there is no file of labels for it")
    _refuse_other_classes(snapshot, names)
    return Contents(files, documents.get("rest", {}))


def _is_under(key: str, prefix: str) -> bool:
    return key.startswith(prefix) and "/" not in key[len(prefix) :]


def _refuse_other_classes(snapshot: Snapshot, names: list[str]) -> None:
    declared = snapshot.categories.filter(snapshot.categories["id"].is_not_null())["name"]
    if snapshot.format == NAME and names and list(declared) != names:
        raise LossError("IDX files hold no names of classes", hint="Change the setting `names`.")


def _plain(splits: Mapping[str, str | None]) -> dict[str, bytes]:
    """The names of files for samples from elsewhere, which are told apart by folder or split."""
    found = {}
    for key, split in splits.items():
        folder = key.rpartition("/")[0]
        stem = {"test": "t10k"}.get(split or "", split)
        start = folder if folder else stem
        found[f"{start}-labels-idx1-ubyte" if start else "labels-idx1-ubyte"] = b""
    return found or {"labels-idx1-ubyte": b""}


def _written(old: bytes, path: str, places: list[list[str]], names: list[str]) -> bytes:
    values = bytes(numbered(only_one(at, given), names, _BYTES) for at, given in enumerate(places))
    if old and values == _values(path, old):
        return old
    data = _MAGIC + len(values).to_bytes(4, "big") + values
    return gzip.compress(data, mtime=0) if old.startswith(_GZIP) else data
