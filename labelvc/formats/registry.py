"""Which formats there are, and which of them a source is in."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from labelvc.core.errors import LabelvcError
from labelvc.formats.base import Format, UnknownFormat
from labelvc.formats.source import MEDIA, Blob, DiskBlob, MemoryBlob, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

    from labelvc.formats import (
        audacity,
        caffe,
        caffe_lmdb,
        coco,
        commonvoice,
        conll,
        conllu,
        cvat,
        hfmetadata,
        idx,
        imagefolder,
        imagenet,
        kaldi,
        labelme,
        labelstudio,
        librispeech,
        nemo,
        npy,
        openimages,
        panoptic,
        prodigy,
        rttm,
        spans_jsonl,
        table,
        textgrid,
        tfrecord,
        tokentable,
        voc,
        yolo,
    )

    # for mypy, which holds every module against the protocol
    _MODULES: Sequence[Format] = (
        audacity,
        caffe,
        caffe_lmdb,
        coco,
        commonvoice,
        conll,
        conllu,
        cvat,
        hfmetadata,
        idx,
        imagefolder,
        imagenet,
        kaldi,
        labelme,
        labelstudio,
        librispeech,
        nemo,
        npy,
        openimages,
        panoptic,
        prodigy,
        rttm,
        spans_jsonl,
        table,
        textgrid,
        tfrecord,
        tokentable,
        voc,
        yolo,
    )

GROUP = "labelvc.formats"


class Formats(MutableMapping[str, Format]):
    """Formats by name; the module of one is imported when it is asked for, as all take 0.2 s."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._held: dict[str, str | Format] = dict(modules)

    def __getitem__(self, name: str) -> Format:
        held = self._held[name]
        if isinstance(held, str):
            held = self._held[name] = cast(Format, import_module(f"labelvc.formats.{held}"))
        return held

    def __setitem__(self, name: str, fmt: Format) -> None:
        self._held[name] = fmt

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


FORMATS: MutableMapping[str, Format] = Formats(
    {
        "coco": "coco",
        "yolo": "yolo",
        "voc": "voc",
        "imagefolder": "imagefolder",
        "imagenet": "imagenet",
        "caffe": "caffe",
        "caffe-lmdb": "caffe_lmdb",
        "table": "table",
        "nemo": "nemo",
        "spans": "spans_jsonl",
        "conll": "conll",
        "conllu": "conllu",
        "cvat": "cvat",
        "librispeech": "librispeech",
        "labelme": "labelme",
        "labelstudio": "labelstudio",
        "prodigy": "prodigy",
        "kaldi": "kaldi",
        "openimages": "openimages",
        "panoptic": "panoptic",
        "commonvoice": "commonvoice",
        "tfrecord": "tfrecord",
        "rttm": "rttm",
        "hfmetadata": "hfmetadata",
        "audacity": "audacity",
        "tokentable": "tokentable",
        "textgrid": "textgrid",
        "idx": "idx",
        "npy": "npy",
    }
)
# Content that no label format stands in, so that no one has to read it to say so.
_OPAQUE = (*MEDIA, ".zip", ".gz", ".tar", ".7z", ".pt", ".pth", ".onnx", ".safetensors")
# First bytes of binary files that labels stand in: Parquet, NumPy arrays, IDX labels.
_BINARY = (b"PAR1", b"\x93NUMPY", b"\x00\x00\x08\x01")
_BINARY_NAMES = ("idx1-ubyte.gz",)
_MEMBERS = ("NAME", "TITLE", "CARRIES", "SETTINGS", "sniff", "settle", "scan", "write")
_HEAD = 4096
_LISTED = 5
_LOOKED_INTO = 20


def by_name(name: str) -> Format:
    """The format of this name.

    Raises UnknownFormat where there is none, LabelvcError where an installed one cannot be loaded.
    """
    if name in FORMATS:
        return FORMATS[name]
    plugins = _plugins()
    if name in plugins:
        return _load(plugins[name])
    known = sorted({*FORMATS, *plugins})
    close = difflib.get_close_matches(name, known, n=1)
    raise UnknownFormat(
        f"no such format: {name}" + (f" (did you mean {close[0]}?)" if close else ""),
        hint=f"Known formats: {', '.join(known)}.",
    )


def sniff(source: Source) -> Format:
    """The one format a source looks like.

    Raises UnknownFormat where it looks like none, and as a question where it looks like several.
    """
    loaded, broken = _all_formats()
    reasons = _reasons(source, loaded)
    if len(reasons) == 1:
        return loaded[next(iter(reasons))]
    if reasons:
        listed = "".join(f"\n  {name}: {reason}" for name, reason in reasons.items())
        raise UnknownFormat(
            f"{source.name}: it could be in {len(reasons)} formats:{listed}",
            hint=f"Say which: {' or '.join(f'--format {name}' for name in reasons)}",
        )
    claimed = _claimed(source, loaded)
    known = f"Known formats: {', '.join(loaded)}; say which with --format F."
    raise UnknownFormat(
        "\n  ".join([f"{source.name}: {_what_it_is(source, claimed)}", *broken]),
        hint=_one_by_one(source, claimed) if claimed else known,
    )


def _reasons(source: Source, formats: Mapping[str, Format]) -> dict[str, str]:
    if not source.files:
        return {}
    if not source.is_folder:
        path, blob = source.only()
        if _is_opaque(path, blob):
            return {}
        # read once, not once a format
        source = Source(source.name, {path: MemoryBlob(blob.read(), blob.digest)}, False)
    found = {name: fmt.sniff(source) for name, fmt in formats.items()}
    return {name: reason for name, reason in found.items() if reason}


def _what_it_is(source: Source, claimed: Mapping[str, str]) -> str:
    """Why a source that no format claims is in none."""
    paths = sorted(source.files)
    if not paths:
        return "the folder is empty"
    listed = ", ".join(paths[:_LISTED]) + (", ..." if len(paths) > _LISTED else "")
    if not source.is_folder:
        path, blob = source.only()
        if _is_opaque(path, blob):
            return "this is a binary file, not a label file"
        return "the file is empty" if not _head(blob).strip() else "its content fits no format"
    if all(_suffix(path) in MEDIA for path in paths):
        return f"the folder holds media only ({listed}), no labels"
    if claimed:
        return "the folder as a whole is in no format, but files in it are"
    return f"no format fits the folder's {len(paths)} files ({listed})"


def _one_by_one(source: Source, claimed: Mapping[str, str]) -> str:
    lines = [
        f"  labelvc add {shlex.quote(source.where(path))}  ({name})"
        for path, name in claimed.items()
    ]
    return "\n  ".join(["Add them one by one:", *lines])


def _claimed(source: Source, formats: Mapping[str, Format]) -> dict[str, str]:
    """The formats of those of a folder's first files that are label sets by themselves."""
    if not source.is_folder:
        return {}
    paths = sorted(path for path in source.files if _suffix(path) not in _OPAQUE)
    claimed = {}
    for path in paths[:_LOOKED_INTO]:
        alone = Source(path, {os.path.basename(path): source.files[path]}, is_folder=False)
        if reasons := _reasons(alone, formats):
            claimed[path] = " or ".join(reasons)
    return claimed


def _is_opaque(path: str, blob: Blob) -> bool:
    """Whether a file is binary and none that labels stand in, told from its name or first bytes."""
    if path.lower().endswith(_BINARY_NAMES):
        return False
    if _suffix(path) in _OPAQUE:
        return True
    head = _head(blob)
    return b"\0" in head and not head.startswith(_BINARY)


def _head(blob: Blob) -> bytes:
    if not isinstance(blob, DiskBlob):
        return blob.read()[:_HEAD]
    try:
        with open(blob.path, "rb") as file:
            return file.read(_HEAD)
    except OSError:
        return blob.read()[:_HEAD]  # for its error, which names the file


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _all_formats() -> tuple[dict[str, Format], list[str]]:
    """Every format that can be loaded, and a line for each that cannot."""
    formats, broken = dict(FORMATS), []
    for name, entry in _plugins().items():
        try:
            formats[name] = _load(entry)
        except LabelvcError as error:
            broken.append(error.message)
    return formats, broken


def _plugins() -> dict[str, EntryPoint]:
    """Formats of installed packages; the names of our own are taken."""
    from importlib.metadata import entry_points  # 25 ms, needed for foreign formats alone

    found = entry_points(group=GROUP)
    return {entry.name: entry for entry in found if entry.name not in FORMATS}


def _load(entry: EntryPoint) -> Format:
    package = entry.dist.name if entry.dist else entry.value
    try:
        loaded: Format = entry.load()
        missing = [name for name in _MEMBERS if not hasattr(loaded, name)]
    except Exception as error:  # whatever a stranger's package raises when it is imported
        raise LabelvcError(
            f"the format {entry.name} of {package} cannot be loaded: {error}",
            hint=f"Mend or remove it: pip uninstall {package}",
        ) from error
    if missing:
        raise LabelvcError(
            f"the format {entry.name} of {package} has no {', '.join(missing)}",
            hint="docs/writing-a-format.md tells what a format needs.",
        )
    return loaded
