"""TFRecord files of object detection: a `tf.train.Example` a record, with its image inside.

Read only. A file, or a folder of shards with `label_map.pbtxt` beside them, whose numbers it names.
The images are compared by digest and never kept; maps in a record may come in any order. Boxes are
fractions, as float32 has them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labelvc.core.errors import LossError, ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.rows import occurrences
from labelvc.formats.source import Blob, DiskBlob, Source
from labelvc.formats.splits import SPLITS
from labelvc.formats.tfrecord_file import HEAD, Piece, Place, has_head, piece_of, records
from labelvc.formats.tfrecord_labels import Said, said
from labelvc.formats.tfrecord_map import LabelMap, read_label_map

NAME = "tfrecord"
TITLE = "TFRecord files of object detection"
CARRIES = Carries(
    kinds=frozenset({"box", "class"}),
    labels=frozenset({"attributes"}),
    samples=frozenset({"path", "split", "width", "height", "digest", "attributes"}),
    taxonomy=True,
    units=frozenset({"fraction"}),
    writable=False,
)
SETTINGS: Mapping[str, str] = {}

_RECORDS = re.compile(r".*\.(tf_?records?|records?)(-\d+-of-\d+)?|.*-\d+-of-\d+", re.IGNORECASE)
_LABEL_MAP = ".pbtxt"
_NO_MAP = LabelMap()
_SPLIT = re.compile(rf"(?:^|[/_.-])({'|'.join(SPLITS)})(?=$|[/_.-])", re.IGNORECASE)


def sniff(source: Source) -> str | None:
    """Files named as records that begin with a length and its checksum."""
    paths = _paths(source)
    if not paths or not source.is_folder or not has_head(_head(source.files[paths[0]])):
        return None
    return "TFRecord files"


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> TfrecordScan:
    """The records without their images."""
    maps = _label_maps(source)
    pieces: list[Piece] = []
    places: list[Place] = []
    for path in counted(_paths(source), "reading records"):
        folder, split = _home_of(path, maps), _split_of(path) if source.is_folder else None
        for place, record in records(source.where(path), source.files[path].read()):
            pieces.append(piece_of(place, record, folder, split))
            places.append(place)
    return TfrecordScan(pieces, places, maps)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """Raises LossError: records hold the images, which no snapshot does."""
    raise LossError(
        "TFRecord files hold the images too and are read only",
        hint="`labelvc.tensorflow.write_tfrecords` makes new ones of a label set and its images.",
    )


@dataclass(frozen=True)
class TfrecordScan:
    """The records of a label set, and the label map of each folder that has one."""

    records: Sequence[Piece]
    places: Sequence[Place]
    maps: Mapping[str, LabelMap]

    @property
    def pieces(self) -> Mapping[str, Sequence[Piece]]:
        """The records."""
        return {"labels": self.records}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """None: the file name identifies a sample, or what stands in for it."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether numbers mean the same categories."""
        return bool(self.maps == other.maps)

    def without_ids(self) -> Sequence[bytes] | None:
        """None: labels have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sample is one record."""
        return ()

    @cached_property
    def said(self) -> list[Said]:
        """What all records say."""
        return [
            said(piece, place, self.maps.get(piece.folder, _NO_MAP))
            for piece, place in zip(self.records, self.places, strict=True)
        ]

    def tally(self) -> Tally:
        """Counts of what all records say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all records or the kept ones."""
        rows = list(range(len(self.records)) if keep is None else keep.get("labels", ()))
        ends = occurrences([one.sample["sample"] for one in self.said], rows)
        names = [self.said[row].sample["sample"] + end for row, end in zip(rows, ends, strict=True)]
        samples = [
            {**self.said[row].sample, "sample": name, "record": at}
            for at, (row, name) in enumerate(zip(rows, names, strict=True))
        ]
        labels = [
            {**label, "sample": name, "record": at}
            for at, (row, name) in enumerate(zip(rows, names, strict=True))
            for label in self.said[row].labels
        ]
        return Snapshot(
            labels_frame(**_columns(labels)),
            samples_frame(**_columns(samples)),
            self._categories(),
            NAME,
            [_fragment(self.records[row]) for row in rows],
            {},
        )

    def _categories(self) -> Any:
        """The declared ones, then those that only labels name, anywhere in the whole."""
        numbers = {item.category: item.number for one in self.maps.values() for item in one.items}
        used = {label["category"] for one in self.said for label in one.labels} - {None}
        further = sorted(used - set(numbers))
        ids = [*map(str, numbers.values()), *([None] * len(further))]
        return categories_frame([*numbers, *further], id=ids)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _fragment(piece: Piece) -> bytes:
    return b"\n".join(name.encode() + b" " + value for name, value in piece.features)


def _paths(source: Source) -> list[str]:
    """The files of records; a label set that is a single file may have any name."""
    if not source.is_folder:
        return list(source.files)
    return sorted(path for path in source.files if _RECORDS.fullmatch(posixpath.basename(path)))


def _split_of(path: str) -> str | None:
    """The split that a path names; the file's own name counts before its folders."""
    found = _SPLIT.findall(path)
    return found[-1].lower() if found else None


def _label_maps(source: Source) -> dict[str, LabelMap]:
    """The label map of each folder. Raises ParseError where two of them contradict each other."""
    maps: dict[str, LabelMap] = {}
    numbers: dict[str, int] = {}
    if not source.is_folder:
        return maps
    for path in sorted(source.files):
        folder = posixpath.dirname(path)
        if not path.lower().endswith(_LABEL_MAP):
            continue
        where = source.where(path)
        found = read_label_map(where, source.files[path].read())
        if maps.setdefault(folder, found) != found:
            raise ParseError(
                where, "", expected="one label map in a folder", found="another one beside it"
            )
        for name, number in found.numbers.items():
            if numbers.setdefault(name, number) != number:
                expected = f"{name!r} as number {numbers[name]}, as in another label map"
                raise ParseError(where, "", expected=expected, found=str(number))
    return maps


def _home_of(path: str, maps: Mapping[str, LabelMap]) -> str:
    """The folder of the label map beside a file, or in the nearest folder above it."""
    folder = posixpath.dirname(path)
    while folder and folder not in maps:
        folder = posixpath.dirname(folder)
    return folder


def _head(blob: Blob) -> bytes:
    if not isinstance(blob, DiskBlob):
        return blob.read()[:HEAD]
    try:
        with open(blob.path, "rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
