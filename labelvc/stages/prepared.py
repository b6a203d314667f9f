"""The folder that `preprocess` writes: opened, and replaced so that no half passes for a whole.

report.json is the mark of completeness: it goes first and comes last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.repo.writing import lock
from labelvc.stages.features import row_count
from labelvc.stages.features_file import FeatureFile

if TYPE_CHECKING:
    from labelvc.stages.features import Features

VERSION = 1  # of the folder's layout and of what the extractors compute
SAMPLES_FILE = "samples.parquet"
LABELS_FILE = "labels.parquet"
FEATURES_FILE = "features.npz"
DROPPED_FILE = "dropped.csv"
REPORT_FILE = "report.json"
FILES = (REPORT_FILE, SAMPLES_FILE, LABELS_FILE, FEATURES_FILE, DROPPED_FILE)

SAMPLES: dict[str, pl.DataType] = {
    "sample": pl.String(),
    "split": pl.String(),
    "path": pl.String(),  # inside the media folder where the file was found, else as labelled
    "digest": pl.String(),  # sha256 of the media file, or of the text as the label file has it
    "width": pl.Int64(),  # of the upright original, in pixels
    "height": pl.Int64(),
    "new_width": pl.Int64(),  # of the normalised image, without padding
    "new_height": pl.Int64(),
    "duration": pl.Float64(),  # in seconds
    "text": pl.String(),  # normalised
    "kept": pl.Boolean(),  # whether it may be trained on
    "reason": pl.String(),  # why not: codes of clean_reasons.REASONS, parted by commas
    "detail": pl.String(),  # what exactly is wrong with the content
    "duplicate_of": pl.String(),
    "row": pl.Int64(),  # in the features; null where the sample cannot be read
    "phash": pl.String(),  # 64 bits in hexadecimal
    "notes": pl.String(),  # what was done to the picture, parted by commas
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """Cleaned and normalised samples and labels, with features.

    `samples` has the columns of SAMPLES, `labels` those of `Snapshot.labels` (category names, in
    pixels of the normalised image), `features` the arrays that `labelvc.stages.features` tells of.
    `report` is report.json; fresh from `preprocess` it also tells how many samples were
    `processed` and how many `taken_over` from the run before.
    """

    samples: pl.DataFrame
    labels: pl.DataFrame
    features: Features
    report: Mapping[str, Any]


def load(out: Path) -> Prepared:
    """What `preprocess` wrote into a folder; arrays are mapped into memory, not read.

    Raises NotFound where it is not there or incomplete, LabelvcError where it cannot be read.
    """
    missing = [name for name in FILES if not (out / name).exists()]
    if missing:
        raise NotFound(
            f"{out}: no complete output of preprocess: {missing[0]} is missing",
            hint="Run `labelvc preprocess`.",
        )
    try:
        report = json.loads((out / REPORT_FILE).read_bytes())
        if report["version"] != VERSION:
            raise ValueError(f"version {report['version']} of the layout")
        samples = pl.read_parquet(out / SAMPLES_FILE)
        labels = pl.read_parquet(out / LABELS_FILE)
        if dict(samples.schema) != SAMPLES:
            raise ValueError(f"{SAMPLES_FILE} has other columns")
        features = FeatureFile(out / FEATURES_FILE)
        if samples["row"].count() != row_count(features):
            raise ValueError(f"{FEATURES_FILE} is of other samples")
        return Prepared(samples, labels, features, report)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise LabelvcError(
            f"{out}: cannot be read: {error}",
            hint="Remove it, and run `labelvc preprocess` again.",
        ) from None


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """A scratch folder beside `out`, under a lock, emptied of what a killed run left there."""
    scratch = out.parent / f".{out.name}.tmp"
    try:
        with lock(out.parent / f".{out.name}.lock"):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                yield scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise RepositoryError(
            f"{error.filename or out}: cannot be written: {error.strerror or error}",
            hint="Free some space or give yourself the right to write there, and run it again.",
        ) from error


def put(out: Path, scratch: Path, tables: Mapping[str, bytes]) -> None:
    """Put new files into `out`: the features if they lie in `scratch`, and tables that differ.

    `tables` has the content of every other file. Equal content is left as it is.
    """
    for name, content in tables.items():
        if not _has(out / name, content):
            (scratch / name).write_bytes(content)
    new = [name for name in (FEATURES_FILE, *tables) if (scratch / name).exists()]
    if not new:
        return
    if REPORT_FILE not in new:
        (scratch / REPORT_FILE).write_bytes(tables[REPORT_FILE])
    out.mkdir(exist_ok=True)
    for name in new:
        _sync(scratch / name)
    (out / REPORT_FILE).unlink(missing_ok=True)
    _sync(out)
    for name in new:
        if name != REPORT_FILE:
            os.replace(scratch / name, out / name)
    _sync(out)
    os.replace(scratch / REPORT_FILE, out / REPORT_FILE)
    _sync(out)


def _has(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
