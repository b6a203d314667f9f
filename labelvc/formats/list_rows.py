"""How rows of image lists are spelled: `path 3`, `path 3 5`, a number a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from labelvc.core.errors import LossError
from labelvc.formats.class_names import DEVKIT, ClassNames
from labelvc.formats.list_scan import Row, Said
from labelvc.formats.rows import RowFile, cut_lines

_WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)
REAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_QUOTED = re.compile(r'"([^"]*)"(\S*)')


def category_of(file: RowFile, row: int, text: str, classes: ClassNames) -> str:
    """The class of a number, or the number itself where no list names classes."""
    if not _WHOLE.fullmatch(text):
        raise file.error(row, "the number of a class", text)
    if not classes.entries:
        return str(int(text))
    name = classes.by_number.get(int(text))
    if name is None:
        numbers = sorted(classes.by_number)
        known = f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
        kind = "ILSVRC2012_ID" if classes.ids == DEVKIT else "place in the list of classes"
        raise file.error(row, f"a class's {kind}, {known}", text)
    return name


def number_text(row: Row, classes: ClassNames, old: Sequence[str] = ()) -> str:
    """The number of a label's class, as an old text has it if one says the same."""
    name = row["category"]
    if row["kind"] != "class" or name is None:
        raise LossError(f"sample {row['sample']!r}: a list of classes holds no {row['kind']}")
    if classes.entries and name not in classes.number_of:
        raise LossError(
            f"sample {row['sample']!r}: no number stands for the class {name!r}",
            hint="Add it to the list of classes first.",
        )
    if not classes.entries and not _WHOLE.fullmatch(name):
        raise LossError(
            f"sample {row['sample']!r}: the class {name!r} is no number, and no list names numbers",
            hint="Name the classes by the setting for that.",
        )
    number = classes.number_of[name] if classes.entries else int(name)
    for text in old:
        if _WHOLE.fullmatch(text) and int(text) == number:
            return text
    return str(number)


def _labels(names: Sequence[str]) -> list[Row]:
    return [{"kind": "class", "category": name} for name in names]


def _path_of(sample: Row) -> str:
    path = str(sample["path"] or sample["sample"])
    if not path or path != path.strip() or any(mark in path for mark in "\n\r\0"):
        raise LossError(f"sample {sample['sample']!r}: {path!r} is no path that a line can hold")
    return path


class PathAndNumber:
    """Caffe: `path number`, the last space between them; a label may be no whole number."""

    BY_PLACE = False
    LACKS: Sequence[str] = ("digest",)

    def cut(self, path: str, where: str, content: bytes) -> RowFile:
        """A row a line."""
        return cut_lines(path, where, content)

    def names(self, file: RowFile) -> list[str]:
        """The paths."""
        return [self._parts(file, row)[0] for row in range(len(file.rows))]

    def _parts(self, file: RowFile, row: int) -> tuple[str, str]:
        line = file.text(row)
        path, space, label = line.rpartition(" ")
        if not space or not path.strip() or not label.strip():
            raise file.error(row, "a path, a space and a label", line)
        return path, label

    def decode(self, file: RowFile, rows: Iterable[int], classes: ClassNames) -> Iterator[Said]:
        """One class an image."""
        known: dict[str, list[Row]] = {}
        for row in rows:
            path, label = self._parts(file, row)
            if label not in known:
                is_real = not _WHOLE.fullmatch(label) and REAL.fullmatch(label)
                name = label if is_real else category_of(file, row, label, classes)
                known[label] = _labels([name])
            yield path, known[label]

    def encode(
        self, old: bytes | None, sample: Row, labels: Sequence[Row], classes: ClassNames
    ) -> bytes:
        """The line, its label alone changed where the path is the same."""
        if len(labels) != 1:
            raise LossError(
                f"sample {sample['sample']!r}: a line holds one class, and this sample has"
                f" {len(labels)}"
            )
        path, name = _path_of(sample), labels[0]["category"]
        before = old.decode().rstrip("\r\n").rpartition(" ")[2] if old else ""
        is_real = name and not _WHOLE.fullmatch(name) and REAL.fullmatch(name)
        own = name if is_real else number_text(labels[0], classes, [before])
        return f"{path} {own}".encode()

    def fresh(self, split: str | None) -> tuple[str, bytes]:
        """Named after the split."""
        return f"{split or 'list'}.txt", b""


class PathAndNumbers(PathAndNumber):
    """Datumaro's `imagenet_txt`: `path number number`; a path with spaces is `"path".jpg`."""

    def _split(self, file: RowFile, row: int) -> tuple[str, list[str], str]:
        """The path, the numbers, and how the path is spelled."""
        line = file.text(row).strip()
        quoted = _QUOTED.match(line)
        spelled = quoted.group() if quoted else line.split()[0]
        path = quoted[1] + quoted[2] if quoted else spelled
        return path, line[len(spelled) :].split(), spelled

    def _parts(self, file: RowFile, row: int) -> tuple[str, str]:
        path, numbers, _ = self._split(file, row)
        if not path:
            raise file.error(row, "a path and numbers of classes", file.text(row))
        return path, " ".join(numbers)

    def decode(self, file: RowFile, rows: Iterable[int], classes: ClassNames) -> Iterator[Said]:
        """Any number of classes an image."""
        for row in rows:
            path, numbers, _ = self._split(file, row)
            yield path, _labels([category_of(file, row, number, classes) for number in numbers])

    def encode(
        self, old: bytes | None, sample: Row, labels: Sequence[Row], classes: ClassNames
    ) -> bytes:
        """The line, spelled as the old one is."""
        path = _path_of(sample)
        spelled, before = self._spelled(path), list[str]()
        if old is not None:
            known, before, text = self._split(RowFile("", "", b"", [old]), 0)
            spelled = text if known == path else spelled
        numbers = [number_text(row, classes, before) for row in labels]
        return " ".join([spelled, *numbers]).encode()

    def _spelled(self, path: str) -> str:
        if not re.search(r'[\s"]', path):
            return path
        stem, dot, suffix = path.rpartition(".")
        if '"' in path or not stem or re.search(r"\s", suffix):
            raise LossError(f"a list of ImageNet cannot hold the path {path!r}")
        return f'"{stem}"{dot}{suffix}'


class NumberALine:
    """The devkit's ground truth: a class number a line, for the images in their order."""

    BY_PLACE = True
    LACKS: Sequence[str] = ("digest",)

    def cut(self, path: str, where: str, content: bytes) -> RowFile:
        """A row a line."""
        return cut_lines(path, where, content)

    def names(self, file: RowFile) -> list[str]:
        """The validation images as ImageNet numbers them."""
        return [image_name(row) for row in range(len(file.rows))]

    def decode(self, file: RowFile, rows: Iterable[int], classes: ClassNames) -> Iterator[Said]:
        """One class an image."""
        for row in rows:
            name = category_of(file, row, file.text(row).strip(), classes)
            yield image_name(row), _labels([name])

    def encode(
        self, old: bytes | None, sample: Row, labels: Sequence[Row], classes: ClassNames
    ) -> bytes:
        """The line."""
        if len(labels) != 1:
            raise LossError(f"sample {sample['sample']!r}: a line holds one class")
        before = [old.decode().strip()] if old else []
        return number_text(labels[0], classes, before).encode()

    def fresh(self, split: str | None) -> tuple[str, bytes]:
        """The devkit's name."""
        return "ILSVRC2012_validation_ground_truth.txt", b""


def image_name(row: int) -> str:
    """The name of the image that a row of the ground truth is about; rows count from 0."""
    return f"ILSVRC2012_val_{row + 1:08d}.JPEG"
