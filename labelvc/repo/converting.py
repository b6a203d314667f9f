"""From a label file or folder to one of another format, on disk and without a repository."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from labelvc.core.errors import NotFound
from labelvc.core.losses import Loss, refused
from labelvc.core.tally import Tally
from labelvc.formats import registry
from labelvc.formats.base import Settings, check_settings
from labelvc.formats.converting import Converted, convert
from labelvc.formats.converting_target import Target
from labelvc.formats.pair import Wanted
from labelvc.formats.reading import read
from labelvc.formats.source import disk_beside, disk_source
from labelvc.repo.media_sizes import missing_sizes
from labelvc.repo.placing import place_file, place_folder, refuse_taken


@dataclass(frozen=True)
class End:
    """One side of a conversion: where it lies, what it is, and what it holds.

    `settings` are those it is read with; of the target, those that have to be given.
    """

    path: str
    format: str
    settings: Settings
    tally: Tally


@dataclass(frozen=True)
class Conversion:
    """What was converted; `written` is false where losses were refused."""

    source: End
    target: End
    losses: tuple[Loss, ...]
    written: bool


def convert_path(
    source: Path,
    target: Path,
    reading: Wanted,
    writing: Wanted,
    *,
    media: Path | None = None,
    allow_lossy: bool = False,
    force: bool = False,
) -> Conversion:
    """Convert what lies at `source`, and write it to `target` unless losses forbid it.

    Raises LossError where the target's format can hold nothing of it, RepositoryError where the
    place is taken, NotFound where nothing is labelled, and what reading raises.
    """
    fmt = registry.by_name(writing.format or "")
    check_settings(fmt, writing.settings, str(target))
    into = target.is_dir() or str(target).endswith(os.sep)
    if not into:
        refuse_taken(target, force=force)
    files = disk_source(source, beside=disk_beside(source, reading.settings))
    snapshot, source_format, settings = read(files, reading.format, reading.settings, reading.key)
    if not snapshot.samples.height and not snapshot.labels.height:
        raise NotFound(
            f"{source}: nothing is labelled here, read as {source_format.NAME}",
            hint="Check the path, or say its format with --from.",
        )
    sizes = missing_sizes(snapshot, media) if media else {}
    name = None if into else target.name
    done = convert(snapshot, Target(fmt, writing.settings, name), sizes)
    place = _place(target, done, into=into)
    refuse_taken(place, force=force)
    conversion = Conversion(
        End(str(source), source_format.NAME, settings, snapshot.tally()),
        End(str(place), fmt.NAME, done.written.needed, done.written.snapshot.tally()),
        tuple(done.losses),
        written=False,
    )
    if refused(done.losses) and not allow_lossy:
        return conversion
    if done.written.is_folder:
        place_folder(place, done.written.files, force=force)
    else:
        (content,) = done.written.files.values()
        place_file(place, content, force=force)
    return replace(conversion, written=True)


def _place(target: Path, done: Converted, *, into: bool) -> Path:
    """A single file lands inside a folder that is there already, under the name it usually has."""
    if done.written.is_folder or not into:
        return target
    return target / next(iter(done.written.files))
