"""Where a conversion goes: a format, how it is to be written, and the name it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from labelvc.core.errors import LabelvcError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Format, Settings
from labelvc.formats.source import MemoryBlob, Source


@runtime_checkable
class SettlesNewFiles(Protocol):
    """What a format may have too: settings that depend on what a new file is to hold."""

    def for_file(self, snapshot: Snapshot, name: str | None, settings: Settings) -> Settings:
        """The settings by which a new file of this name is written, and then read.

        Raises LossError where none fit the name; None stands for any.
        """


@runtime_checkable
class CompletesLabels(Protocol):
    """What a format may have too: values that its readers expect and other formats need not say."""

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot from elsewhere with those values, of which none that it has is changed."""


class Question(LabelvcError):
    """What was written could be read in several ways."""


@dataclass(frozen=True)
class Written:
    """The files of a label set by path, with what they say when read by these settings.

    `needed` are those of the settings that reading does not find out by itself.
    """

    files: Mapping[str, bytes]
    is_folder: bool
    settings: Settings
    needed: Settings
    snapshot: Snapshot


@dataclass(frozen=True)
class Target:
    """`name` is that of the file or folder to be; None where any will do."""

    format: Format
    settings: Settings
    name: str | None = None

    def write(self, snapshot: Snapshot) -> Mapping[str, bytes]:
        """The files. Raises LossError for what they cannot hold."""
        return self.format.write(snapshot, self._settings(snapshot))

    def written(self, snapshot: Snapshot) -> Written:
        """The files, read again. Raises LossError, and LabelvcError where they cannot be."""
        settings = self._settings(snapshot)
        files = self.format.write(snapshot, settings)
        alone = len(files) == 1 and "/" not in next(iter(files))
        errors: list[LabelvcError] = []
        for is_folder in (False, True) if alone else (True,):
            try:
                return self._again(files, settings, is_folder)
            except LabelvcError as error:
                errors.append(error)
        raise self._asked(errors[0])

    def _settings(self, snapshot: Snapshot) -> Settings:
        if isinstance(self.format, SettlesNewFiles):
            return self.format.for_file(snapshot, self.name, self.settings)
        return self.settings

    def _again(self, files: Mapping[str, bytes], settings: Settings, is_folder: bool) -> Written:
        blobs = {path: MemoryBlob(content) for path, content in files.items()}
        if not is_folder and self.name is not None:
            blobs = dict.fromkeys([self.name], next(iter(blobs.values())))
        source = Source(self.name or self.format.NAME, blobs, is_folder)
        settings = self.format.settle(source, settings)
        snapshot = self.format.scan(source, settings).read().check()
        return Written(files, is_folder, settings, self._needed(source, settings), snapshot)

    def _needed(self, source: Source, settings: Settings) -> Settings:
        try:
            alone = self.format.settle(source, {})
        except LabelvcError:
            alone = {}
        return {name: value for name, value in settings.items() if alone.get(name) != value}

    def _asked(self, error: LabelvcError) -> LabelvcError:
        """A question about the files to be is answered by another option."""
        if not isinstance(error, SettingNeeded):
            return error
        hint = "Settings of the target are given by --to-set NAME=VALUE."
        return Question(error.message, hint=f"{error.hint or ''} {hint}".strip())
