"""Cleaning, normalising and extracting features: from a snapshot and its media to a folder.

The output is a function of snapshot, media and parameters alone: what was computed before is taken
over where a sample's content is the same, and shows nowhere in the files.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from labelvc.core.errors import LabelvcError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot
from labelvc.stages.features_file import FeatureFile, FeatureWriter
from labelvc.stages.features_store import Outcome, outcomes, store_of
from labelvc.stages.normalise_image import strict_pillow
from labelvc.stages.prepared import FEATURES_FILE, Prepared, load, put, workspace
from labelvc.stages.preprocess_jobs import MEDIUM, Work, work_of
from labelvc.stages.preprocess_params import PreprocessParams, parse_params
from labelvc.stages.preprocess_tables import Extracted, tables

__all__ = ["PreprocessParams", "parse_params", "preprocess"]

_MOST_THREADS = 8


def preprocess(
    snapshot: Snapshot,
    task: str,
    out: Path,
    *,
    media: Path | None,
    params: PreprocessParams,
    caches: Iterable[Path] = (),
) -> Prepared:
    """Clean and normalise the samples and labels of a snapshot and extract features, into `out`.

    `task` is one of `config.TASKS`; `media` is where the label set's files are, None if nowhere;
    they may be links to objects of DVC's `caches`.
    Files that would not change are left alone. Raises LabelvcError for an unknown task, where a
    library is missing that reads the media, and where the folder cannot be written.
    """
    if task not in MEDIUM:
        close = difflib.get_close_matches(task, MEDIUM, 1)
        hint = f"Did you mean {close[0]}?" if close else f"One of {', '.join(MEDIUM)}."
        raise LabelvcError(f"no such task: {task!r}", hint=hint)
    work = work_of(snapshot, task, media, params, caches)
    with workspace(out) as scratch, strict_pillow():
        found = _extracted(work, out, scratch)
        put(out, scratch, tables(snapshot, work, found, params))
    ready = load(out)
    processed = sum(one.digest is not None and not one.known for one in found.outcomes)
    taken_over = sum(one.known for one in found.outcomes)
    told = {**ready.report, "processed": processed, "taken_over": taken_over}
    return replace(ready, report=told)


def _extracted(work: Work, out: Path, scratch: Path) -> Extracted:
    """What each sample gave, its features in `scratch` unless they are as in `out`."""
    store = store_of(out, work.told)
    # texts are no work for threads, as Python runs one at a time
    threads = 1 if work.is_text else min(os.cpu_count() or 1, _MOST_THREADS)
    found: list[Outcome] = []
    rows: list[int | None] = []
    with closing(FeatureWriter(scratch, work.empty, store.features)) as writer:
        results = outcomes(work.jobs, store, threads)
        for _, outcome in zip(counted(work.jobs, "preparing samples"), results, strict=True):
            found.append(outcome.without_features())
            rows.append(_row_of(outcome, writer))
        is_new = writer.finish(scratch / FEATURES_FILE)
    features = FeatureFile((scratch if is_new else out) / FEATURES_FILE)
    return Extracted(found, rows, features)


def _row_of(outcome: Outcome, writer: FeatureWriter) -> int | None:
    """The row that the sample's features get, None where it has none."""
    if outcome.row is not None:
        return writer.take_over(outcome.row)
    features = outcome.extract.features
    return None if features is None else writer.add(features)
