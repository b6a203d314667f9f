"""features.npz: written as samples come, opened without reading it.

An uncompressed .npz is a zip of .npy files, so that an array can be mapped into memory where it
lies in the file. Nothing in it may be a pickle.
"""

from __future__ import annotations

import shutil
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from labelvc.core.errors import LabelvcError
from labelvc.stages.features import features_of, row_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.stages.features import Features

_ALIGNED = 64  # bytes, as numpy aligns the data inside an .npy
_LOCAL_HEADER = 30  # bytes of a zip entry's header, without its name and extra field
_ZIP64_EXTRA = 20  # what zipfile adds to it
_ALIGNMENT_EXTRA = 0xD935  # the id that Android's zipalign pads with


class FeatureWriter:
    """Collects samples' features in the order of their rows, on disk; `folder` is scratch space.

    As long as they are those of the file before (`old`), row by row, nothing is copied.
    """

    def __init__(self, folder: Path, empty: Features, old: Features) -> None:
        self.folder = folder
        self.empty = empty
        self.old = old
        self.rows = 0
        self._spools: dict[str, IO[bytes]] | None = None
        self._counts = {name: len(values) for name, values in empty.items()}
        self._ends = {name: 0 for name in empty if name.endswith("offsets")}

    def take_over(self, row: int) -> int:
        """The row that a sample gets whose features are those of an old row."""
        if self._spools is None and row == self.rows:
            self.rows += 1
            return row
        return self.add(features_of(self.old, row))

    def add(self, features: Features) -> int:
        """The row that a sample of these features gets."""
        if self._spools is None:
            self._begin()
        self._append(features)
        self.rows += 1
        return self.rows - 1

    def finish(self, path: Path) -> bool:
        """Write the file, unless it would be the one before; whether it was written."""
        if self._spools is None:
            if self.old and self.rows == row_count(self.old):
                return False
            self._begin()
        assert self._spools is not None
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name in sorted(self._spools):
                self._store(archive, name, self._spools[name])
        return True

    def close(self) -> None:
        """Let go of the scratch files."""
        for spool in (self._spools or {}).values():
            spool.close()

    def _begin(self) -> None:
        self._spools = {name: (self.folder / f"{name}.raw").open("w+b") for name in self.empty}
        for name, values in self.empty.items():
            self._spools[name].write(values.tobytes())
        for row in range(self.rows):
            self._append(features_of(self.old, row))

    def _append(self, features: Features) -> None:
        assert self._spools is not None
        for name, values in features.items():
            if name in self._ends:
                values = values[1:] + self._ends[name]
                self._ends[name] = int(values[-1]) if len(values) else self._ends[name]
            self._counts[name] += len(values)
            wanted = self.empty[name].dtype
            self._spools[name].write(np.ascontiguousarray(values, dtype=wanted).tobytes())

    def _store(self, archive: zipfile.ZipFile, name: str, spool: IO[bytes]) -> None:
        empty = self.empty[name]
        info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
        start = archive.start_dir + _LOCAL_HEADER + len(info.filename) + _ZIP64_EXTRA + 4
        padding = -start % _ALIGNED
        info.extra = struct.pack("<HH", _ALIGNMENT_EXTRA, padding) + bytes(padding)
        spool.seek(0)
        with archive.open(info, "w", force_zip64=True) as entry:
            header = {
                "descr": np.lib.format.dtype_to_descr(empty.dtype),
                "fortran_order": False,
                "shape": (self._counts[name], *empty.shape[1:]),
            }
            np.lib.format.write_array_header_1_0(entry, header)
            shutil.copyfileobj(spool, entry, 1 << 20)


class FeatureFile(Mapping[str, "NDArray[Any]"]):
    """The arrays of a features.npz, each mapped into memory, read-only.

    Raises LabelvcError for what is no uncompressed .npz of plain numbers.
    """

    def __init__(self, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as archive, path.open("rb") as file:
                self._arrays = {
                    info.filename.removesuffix(".npy"): _mapped(path, file, info)
                    for info in archive.infolist()
                }
        except (OSError, ValueError, zipfile.BadZipFile, struct.error) as error:
            raise LabelvcError(
                f"{path}: no features can be read from it: {error}",
                hint="Remove it, and run `labelvc preprocess` again.",
            ) from None

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _mapped(path: Path, file: IO[bytes], info: zipfile.ZipInfo) -> NDArray[Any]:
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = info.header_offset + _LOCAL_HEADER + name_length + extra_length
    file.seek(start)
    if info.compress_type != zipfile.ZIP_STORED or np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"{info.filename} is compressed, or no array")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    offset = file.tell()
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if dtype.hasobject or is_fortran or offset + size != start + info.file_size:
        raise ValueError(f"{info.filename} is not as large as it says, or holds objects")
    if size == 0:
        return np.empty(shape, dtype)  # what is empty cannot be mapped
    return np.asarray(np.memmap(path, dtype, "r", offset, shape))
