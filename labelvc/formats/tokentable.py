"""Tables of tokens, a row a token, such as transcripts with a speaker and a case for every word.

A token is a label of kind token: its text the column `token`, its category the column that the
setting `label` names, its attributes all other columns. A sample is a file, a sentence between
blank lines, or the rows with the same value in a column. Cells are not quoted. A label set is one
file, or a folder of them beside other files.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from labelvc.core.errors import SettingNeeded
from labelvc.core.progress import counted
from labelvc.core.snapshot import (
    Snapshot,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Scan, Settings, named_categories
from labelvc.formats.folder import FolderScan, label_paths, refuse_losses
from labelvc.formats.rows import BOM, without_nul
from labelvc.formats.source import MemoryBlob, Source, beginning
from labelvc.formats.splits import Layout as Folders
from labelvc.formats.tokentable_rows import (
    DELIMITERS,
    FILE,
    Layout,
    TokenFile,
    cells,
    cut,
    said,
)
from labelvc.formats.tokentable_write import Files, files_of, meant, refuse_difference

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

NAME = "tokentable"
TITLE = "Table of tokens, a row a token"
CARRIES = Carries(
    kinds=frozenset({"token"}),
    labels=frozenset({"text", "attributes"}),
    samples=frozenset({"text"}),
    units=frozenset({"token"}),
    ids_are_places=True,
)
SETTINGS = {
    "delimiter": "what separates cells: | ; , or tab",
    "token": "the column with the token (default: token, word or form)",
    "label": "the column with the category of a token, if any",
    "samples": "what a sample is: file (default), blank (sentences between blank lines), "
    "or the column whose value names it",
    "suffix": "the suffix of the files in a folder (default: .nlp)",
}
_SUFFIX = ".nlp"
_TOKENS = ("token", "word", "form")
# Tables of any sort have these suffixes; they are tables of tokens only where somebody says so.
_ANY_TABLE = (".csv", ".tsv", ".tab")


def sniff(source: Source) -> str | None:
    """By a column `token` in the header, where cells are parted by | or the suffix is .nlp."""
    paths = label_paths(source, _SUFFIX, "") if source.is_folder else list(source.files)
    if not paths or paths[0].lower().endswith(_ANY_TABLE):
        return None
    columns = _header(beginning(source.files[paths[0]])).split("|")
    return f"a column of tokens in {paths[0]}" if len(columns) > 1 and "token" in columns else None


def _header(start: bytes) -> str:
    line = start.removeprefix(BOM).lstrip(b"\r\n").split(b"\n", 1)[0]
    return line.decode(errors="replace").rstrip("\r")


def settle(source: Source, settings: Settings) -> Settings:
    """The delimiter and the token column, as the header tells them.

    Raises SettingNeeded where it does not.
    """
    settled = {"samples": FILE, "suffix": _SUFFIX, "label": "", **settings}
    if settled.get("delimiter", "|") not in DELIMITERS:
        raise SettingNeeded(
            f"{source.name}: unknown delimiter {settled['delimiter']!r}",
            hint=f"Set `delimiter` to one of {' '.join(DELIMITERS)}.",
        )
    paths = _paths(source, settled)
    head = _header(beginning(source.files[paths[0]])) if paths else ""
    if "delimiter" not in settled:
        counts = {name: head.count(character) for name, character in DELIMITERS.items()}
        settled["delimiter"] = max(counts, key=lambda name: counts[name])
    if "token" not in settled:
        columns = head.split(DELIMITERS[settled["delimiter"]])
        fitting = [name for name in columns if name.lower() in _TOKENS]
        if len(fitting) != 1 and any(columns):
            raise SettingNeeded(
                f"{source.name}: which column holds the tokens?",
                hint=f"Set `token` to one of the columns: {', '.join(columns)}.",
            )
        settled["token"] = fitting[0] if fitting else _TOKENS[0]
    return settled


def _paths(source: Source, settings: Settings) -> Sequence[str]:
    if not source.is_folder:
        return list(source.files)
    return label_paths(source, settings.get("suffix", _SUFFIX), "")


def scan(source: Source, settings: Settings) -> Scan:
    """The samples of a file, or the files of a folder, not yet opened."""
    if source.is_folder:
        return _Folder(source, settings)
    return _File(source, settings)


class _Folder(FolderScan):
    """A folder of files."""

    def __init__(self, source: Source, settings: Settings) -> None:
        suffix = settings.get("suffix", _SUFFIX)
        super().__init__(source, Folders(suffix, ""), _paths(source, settings))
        self.settings = settings

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether files are read alike."""
        return dict(self.settings) == dict(other.settings)

    def tally(self) -> Tally:
        """Counts what all files say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The samples of all files, or of the kept ones."""
        files = []
        suffix = len(self.layout.suffix)
        for path in counted(self.kept(keep), "reading label files"):
            where = self.source.where(path)
            content = without_nul(self.source.files[path].read(), where)
            files.append(cut(path, where, content, Layout.of(self.settings), path[:-suffix]))
        snapshot = _snapshot(files, self.settings)
        if keep is not None:
            return snapshot
        read = Files({one.path: one for one in files}, self.rest(), is_folder=True)
        return replace(snapshot, documents={"files": read})


class _File:
    """One file in samples."""

    def __init__(self, source: Source, settings: Settings) -> None:
        path, blob = source.only()
        self.settings = settings
        where = source.where(path)
        layout = Layout.of(settings)
        prefix = posixpath.splitext(path)[0] if layout.samples == FILE else ""
        self.file = cut(path, where, without_nul(blob.read(), where), layout, prefix)

    @cached_property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The samples."""
        return {"labels": [b"".join([*one.rows, one.tail]) for one in self.file.blocks]}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """None to choose from."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether both have the same columns with the same meaning."""
        one, two = self.file, other.file
        is_same = Layout.of(self.settings).samples != FILE or one.path == two.path
        return is_same and (one.columns, dict(self.settings)) == (two.columns, dict(other.settings))

    def without_ids(self) -> None:
        """None: tokens have no ids."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sample is one piece."""
        return ()

    def tally(self) -> Tally:
        """Counts what all rows say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """All samples, or the kept ones."""
        file = self.file
        if keep is None:
            documents = {"files": Files({file.path: file}, {}, is_folder=False)}
            return replace(_snapshot([file], self.settings), documents=documents)
        kept = sorted(keep.get("labels", ()))
        blocks = [file.blocks[at] for at in kept]
        lines = [file.lines[at] for at in kept]
        return _snapshot([replace(file, blocks=blocks, lines=lines)], self.settings)


def _tokens(
    files: Sequence[TokenFile], layout: Layout
) -> Iterator[tuple[str, list[Mapping[str, Any]], Sequence[bytes]]]:
    """By sample, what its rows say, and the rows."""
    for file in files:
        for block, line in zip(file.blocks, file.lines, strict=True):
            rows: list[Mapping[str, Any]] = []
            for row in block.rows:
                rows.append(said(cells(file.where, line, row, file.columns, layout), layout))
                line += row.count(b"\n")  # blank lines among them
            yield block.key, rows, block.rows


def _snapshot(files: Sequence[TokenFile], settings: Settings) -> Snapshot:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("sample", "text", "category", "attributes", "start")
    }
    samples: list[str] = []
    texts: list[str] = []
    records: list[bytes] = []
    for sample, rows, fragments in _tokens(files, Layout.of(settings)):
        samples.append(sample)
        # spaces part tokens here, so that those inside of one are no-break spaces
        texts.append(" ".join(row["text"].replace(" ", "\u00a0") for row in rows))
        columns["sample"] += [sample] * len(rows)
        columns["start"] += range(len(rows))
        for name in ("text", "category", "attributes"):
            columns[name] += [row[name] for row in rows]
        records += fragments
    count = len(records)
    labels = labels_frame(
        **columns,
        kind=["token"] * count,
        end=[start + 1 for start in columns["start"]],
        unit=["token"] * count,
        record=range(count),
    )
    categories = categories_frame(named_categories(columns["category"]))
    return Snapshot(labels, samples_frame(sample=samples, text=texts), categories, NAME, records)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files: rows in the order of their tokens, edited ones rewritten in place.

    The text of a sample and the bounds of its tokens follow from the rows. Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, TITLE)
    settled = {"delimiter": "|", "token": _TOKENS[0], "label": "", **settings}
    if snapshot.format != NAME and not settled["label"] and snapshot.labels["category"].count():
        settled["label"] = "label"
    settled = {"samples": FILE, "suffix": _SUFFIX, **settled}
    files, contents = files_of(snapshot, settled, NAME)
    blobs = {path: MemoryBlob(content) for path, content in contents.written.items()}
    is_folder = files.is_folder if files else len(blobs) != 1
    again = scan(Source("the tokens", blobs, is_folder), settled).read()
    refuse_difference(meant(snapshot, contents.order), again, settled)
    return contents.files
