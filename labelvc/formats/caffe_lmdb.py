"""Caffe's databases: LMDB files of `Datum` messages, each an image with its class. Read only.

Keys are `00000012_path`, the number of a line in the list that the database was made of and the
image's path. Images are passed over, so that a database of any size costs what its labels cost.
"""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.caffe import SETTINGS as LIST_SETTINGS
from labelvc.formats.caffe_datum import Datum, NotADatum, datum_of
from labelvc.formats.caffe_pages import Buffer, Malformed, entries, is_lmdb, open_pages
from labelvc.formats.class_names import INDEX, ClassNames
from labelvc.formats.list_files import classes_of
from labelvc.formats.rows import occurrences
from labelvc.formats.source import Blob, DiskBlob, Source

NAME = "caffe-lmdb"
TITLE = "Caffe LMDB of Datum (read only)"
CARRIES = Carries(
    kinds=frozenset({"class"}),
    samples=frozenset({"path", "width", "height", "attributes"}),
    taxonomy=True,
    writable=False,
)
SETTINGS = LIST_SETTINGS
_DATA = "data.mdb"
_KEY = re.compile(r"\d{8,}_(.+)", re.DOTALL)
_HEAD = 64


def sniff(source: Source) -> str | None:
    """A folder with a data.mdb of LMDB."""
    path = _database(source)
    if path is None or not source.is_folder or not is_lmdb(_head(source.files[path])):
        return None
    return "an LMDB database, data.mdb"


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> LmdbScan:
    """The keys and labels. Raises ParseError."""
    path = _database(source)
    if path is None:
        raise ParseError(source.name, "", expected=f"a folder with {_DATA}", found="none")
    classes = classes_of(source, settings.get("names"), INDEX, "names")
    return LmdbScan(source.where(path), _read(source.files[path], source.where(path)), classes)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """Raises LossError: databases are read only."""
    raise LossError(
        "databases of Caffe are read only",
        hint="Change the list the database was made of (format caffe), and make it again.",
    )


@dataclass(frozen=True)
class LmdbScan:
    """The entries of a database: key and Datum, without the image."""

    where: str
    entries: Sequence[tuple[str, Datum]]
    classes: ClassNames

    @property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """The keys with what is said of their images."""
        return {
            "labels": [
                (key, datum.label, datum.channels, datum.height, datum.width, datum.encoded)
                for key, datum in self.entries
            ]
        }

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: the key alone identifies an image."""
        return {}

    def comparable(self, other: LmdbScan, key: str | None) -> bool:
        """Whether numbers are named alike."""
        return self.classes == other.classes

    def without_ids(self) -> Sequence[bytes] | None:
        """None: labels have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Nothing: a sample is one entry."""
        return ()

    @cached_property
    def names(self) -> list[str]:
        """The path of each image."""
        found = [_KEY.fullmatch(key) for key, _ in self.entries]
        pairs = zip(found, self.entries, strict=True)
        given = [match[1] if match else key for match, (key, _) in pairs]
        return [
            name + end
            for name, end in zip(given, occurrences(given, range(len(given))), strict=True)
        ]

    def tally(self) -> Tally:
        """Counts of the whole."""
        labels = self.read().labels["category"].to_list()
        counts, table = Counter(labels), self.classes.table(labels)
        return Tally(len(self.entries), len(labels), {name: counts[name] for name in table["name"]})

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The classes of all images, or of the kept ones."""
        kept = range(len(self.entries)) if keep is None else sorted(keep.get("labels", ()))
        names = [self.names[at] for at in kept]
        data = [self.entries[at][1] for at in kept]
        labelled = [record for record, datum in enumerate(data) if datum.label is not None]
        categories = [self._category(kept[record]) for record in labelled]
        return Snapshot(
            labels_frame(
                sample=[names[record] for record in labelled],
                kind=["class"] * len(labelled),
                category=categories,
                record=labelled,
            ),
            samples_frame(
                sample=names,
                path=[name.partition("#")[0] for name in names],
                # an encoded image tells its size itself
                width=[datum.width or None for datum in data],
                height=[datum.height or None for datum in data],
                attributes=[_attributes(datum) for datum in data],
                record=range(len(names)),
            ),
            self.classes.table(categories),
            NAME,
            [self.entries[at][0].encode() for at in kept],
        )

    def _category(self, at: int) -> str:
        key, datum = self.entries[at]
        if not self.classes.entries:
            return str(datum.label)
        name = self.classes.by_number.get(datum.label if datum.label is not None else -1)
        if name is None:
            last = len(self.classes.entries) - 1
            expected = f"a class's place in the list of classes, 0 to {last}"
            raise ParseError(self.where, key, expected=expected, found=str(datum.label))
        return name


def _attributes(datum: Datum) -> str | None:
    return attributes_json({"channels": datum.channels} if datum.channels else {})


def _database(source: Source) -> str | None:
    """The file that holds the data."""
    if not source.is_folder:
        return next(iter(source.files))
    found = [path for path in sorted(source.files) if path.split("/")[-1] == _DATA]
    return found[0] if len(found) == 1 else None


def _head(blob: Blob) -> bytes:
    if isinstance(blob, DiskBlob):
        try:
            with open(blob.path, "rb") as file:
                return file.read(_HEAD)
        except OSError:
            pass  # reading all of it says what is wrong
    return blob.read()[:_HEAD]


def _read(blob: Blob, where: str) -> list[tuple[str, Datum]]:
    """The entries of a database, of which a file on disk is not read into memory."""
    if not isinstance(blob, DiskBlob):
        return _entries(blob.read(), where)
    try:
        with open(blob.path, "rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # gone, or empty
        return _entries(blob.read(), where)
    return _entries(memoryview(content), where)


def _entries(content: Buffer, where: str) -> list[tuple[str, Datum]]:
    found = []
    key = ""
    try:
        for name, value in entries(open_pages(content)):
            key = name.decode(errors="backslashreplace")
            found.append((key, datum_of(value)))
    except Malformed as error:
        place = f"page {error.page}"
        raise ParseError(where, place, expected=error.expected, found=error.found) from None
    except NotADatum as error:
        raise ParseError(where, key, expected="Caffe's Datum", found=str(error)) from None
    return found
