"""LibriSpeech transcripts: `SPEAKER-CHAPTER.trans.txt`, a line an utterance, with its id first.

A label set is one such file, or the folder tree they lie in. An utterance is a sample and its
transcript a label of kind text, kept as it is behind the first space. The sound is the .flac file
beside the transcripts; a folder such as `train-clean-100` or `dev` above it is the split.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import polars as pl

from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Scan, Settings
from labelvc.formats.folder import label_paths
from labelvc.formats.row_edits import EditedSample, Row
from labelvc.formats.row_folder import RowFolder, written_folder
from labelvc.formats.row_format import RowScan, Said, written
from labelvc.formats.rows import BOM, RowFile, cut_lines, read_only_file
from labelvc.formats.source import Source
from labelvc.formats.splits import Layout

NAME = "librispeech"
TITLE = "LibriSpeech transcripts"
CARRIES = Carries(
    kinds=frozenset({"text"}),
    labels=frozenset({"text"}),
    samples=frozenset({"path", "split"}),
)
SETTINGS = {"keys": "stem (default): samples are named by their id; path: with their folder before"}
SUFFIX = ".trans.txt"
_SOUND = ".flac"
_LOOK = 5  # files, and lines of a file, looked at to tell the format
_UTTERANCE = re.compile(rb"[^\s/\0]+-[^\s/\0]+( [^\0]*)?")
_SPLIT = re.compile(r"(train|dev|test|val|valid|validation)([-_].*)?")


def sniff(source: Source) -> str | None:
    """By the suffix, and by ids with a hyphen at the beginning of lines."""
    lines: list[bytes] = []
    paths = label_paths(source, SUFFIX, "") if source.is_folder else list(source.files)
    for path in islice(paths, _LOOK):
        if not path.endswith(SUFFIX):
            return None
        lines += islice(source.files[path].read().removeprefix(BOM).splitlines(), _LOOK)
    said = [line for line in lines if line.strip()]
    return f"{SUFFIX} files" if said and all(map(_UTTERANCE.fullmatch, said)) else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two folders hold a file of the same name."""
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected stem or path")
    paths = label_paths(source, SUFFIX, "") if source.is_folder else ()
    if "keys" in settings or len(set(map(posixpath.basename, paths))) == len(paths):
        return dict(settings)
    return {**settings, "keys": "path"}


def scan(source: Source, settings: Settings) -> Scan:
    """The lines of one file, or the files of a folder, not yet opened."""
    if source.is_folder:
        paths = label_paths(source, SUFFIX, "")
        return RowFolder(source, Layout(SUFFIX, ""), paths, fmt=TREE, settings=settings)
    name, content = read_only_file(source)
    return RowScan(ALONE, cut_lines(name, source.where(name), content), settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file or the folder; edited lines are rewritten in place, new ones come in order."""
    sounds = [
        _with_folder(path or f"{_identity(key)}{_SOUND}", key, path)
        for key, path in snapshot.samples.select("sample", "path").iter_rows()
    ]
    snapshot = replace(
        snapshot, samples=snapshot.samples.with_columns(pl.Series("path", sounds, pl.String))
    )
    known = snapshot.documents if snapshot.format == NAME else {}
    alone = any(isinstance(one, RowFile) for one in known.values())
    if alone or (not known and not any("/" in path for path in sounds)):
        return written(ALONE, snapshot, settings, order=_order)
    return written_folder(TREE, snapshot, settings, order=_order)


def _with_folder(sound: str, key: str, path: str | None) -> str:
    """The path of a sound that has none: beside those of its speaker's chapter."""
    parts = _identity(key).split("-")
    home = posixpath.dirname(key) or "/".join(parts[:2])
    return sound if path or len(parts) < 3 else f"{home}/{sound}"


def _identity(key: str) -> str:
    return key.rpartition("/")[2].partition("#")[0]


def _order(row: bytes) -> bytes:
    return row.split(None, 1)[0]


@dataclass(frozen=True)
class Transcripts:
    """The rows of a file; in a folder their samples are named so that no other file has them."""

    in_folder: bool
    NAME: str = NAME
    SHARED: bool = False

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row a line."""
        return cut_lines(name, where, content)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The utterances; raises ParseError for an id that cannot name a sound file."""
        home, name = posixpath.split(file.name)
        split = next(filter(_SPLIT.fullmatch, home.split("/")), None)
        said = []
        for row in rows:
            identity, _, text = file.first_line(row).partition(" ")
            if "/" in identity or identity.split() != [identity]:
                raise file.error(row, "an utterance id and a space before the text", identity)
            key = identity
            if self.in_folder and not identity.startswith(f"{name.removesuffix(SUFFIX)}-"):
                key = f"{file.name.removesuffix(SUFFIX)}/{identity}"
            elif settings.get("keys") == "path":
                key = posixpath.join(home, identity)
            sample = {
                "sample": key,
                "path": posixpath.join(home, f"{identity}{_SOUND}"),
                "split": split,
            }
            said.append(Said(sample, [{"kind": "text", "text": text}]))
        return said

    def sample_names(self, file: RowFile, settings: Settings) -> list[str]:
        """The ids of a file that stands alone."""
        file.check_encoding()
        return [row.split(b" ", 1)[0].rstrip(b"\r\n").decode() for row in file.rows]

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """A line is an utterance with its transcript."""
        return Tally(len(file.rows), len(file.rows), {})

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The line of an utterance; raises LossError unless it has one transcript of one line."""
        name = edited.sample["sample"]
        if len(edited.labels) != 1 or edited.labels[0]["text"] is None:
            raise LossError(f"sample {name!r}: LibriSpeech holds one transcript an utterance")
        text = edited.labels[0]["text"]
        if {"\n", "\r"} & {*text}:
            raise LossError(f"sample {name!r}: a transcript is one line, this has several")
        if not edited.rows:
            return [(None, f"{_identity(name)} {text}".encode() + file.newline)]
        row = edited.rows[0]
        old, line = file.rows[row].decode(), file.first_line(row)
        identity, _, before = line.partition(" ")
        new = line if before == text else f"{identity} {text}"
        return [(row, (new + old[len(line) :]).encode())]

    def plain(self, settings: Settings) -> RowFile:
        """An empty file."""
        return RowFile(f"all{SUFFIX}", f"all{SUFFIX}", b"", [])

    def bare(self, path: str, settings: Settings) -> Row | None:
        """None: without lines there are no utterances."""
        return None

    def path_of(self, sample: Row, settings: Settings) -> str:
        """The file of the speaker's chapter beside the sound."""
        home, identity = posixpath.dirname(sample["sample"]), _identity(sample["sample"])
        beside = posixpath.dirname(sample["path"])
        chapter = identity.rpartition("-")[0]
        if home not in ("", beside):
            return f"{home}{SUFFIX}"
        if not chapter:
            raise LossError(
                f"sample {sample['sample']!r}: the file of an utterance follows from its id, and"
                " this one is no SPEAKER-CHAPTER-NUMBER",
                hint="Rename the sample, or keep its transcript in another format.",
            )
        return posixpath.join(beside, f"{chapter}{SUFFIX}")


ALONE = Transcripts(in_folder=False)
TREE = Transcripts(in_folder=True)
