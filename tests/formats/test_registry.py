"""Finding the format of a source: one answer, or a message that says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from labelvc.core.errors import LabelvcError, NotFound, ParseError, SchemaError, SettingNeeded
from labelvc.formats import conll, registry
from labelvc.formats.base import UnknownFormat
from labelvc.formats.reading import read
from labelvc.formats.source import DiskBlob, MemoryBlob, Source, disk_source

CONLL = b"Anna B-PER\nsings O\n\nRome B-LOC\n"
COCO = (
    b'{"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "cat"}],'
    b' "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}'
)


def source(**files: bytes) -> Source:
    blobs = {name.replace("__", "."): MemoryBlob(content) for name, content in files.items()}
    return Source("labels", blobs, is_folder=len(files) != 1)


def folder(files: dict[str, bytes]) -> Source:
    return Source("labels", {path: MemoryBlob(text) for path, text in files.items()}, True)


def test_by_name() -> None:
    assert registry.by_name("conll") is conll
    with pytest.raises(UnknownFormat, match=r"no such format: conl \(did you mean conll\?\)"):
        registry.by_name("conl")
    with pytest.raises(UnknownFormat) as caught:
        registry.by_name("zzz")
    assert caught.value.message == "no such format: zzz"
    assert all(name in str(caught.value) for name in registry.FORMATS)


def test_one_reason_is_an_answer() -> None:
    assert registry.sniff(source(x=CONLL)) is conll


def test_several_reasons_are_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.FORMATS, "twin", conll)
    with pytest.raises(UnknownFormat) as caught:
        registry.sniff(source(x=CONLL))
    assert str(caught.value) == (
        "labels: it could be in 2 formats:\n"
        "  conll: tokens with tags such as 'B-LOC'\n"
        "  twin: tokens with tags such as 'B-LOC'\n"
        "  Say which: --format conll or --format twin"
    )


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "the folder is empty"),
        ({"notes.md": b"hello", "x.bin": b"\0"}, r"no format fits .* 2 files \(notes.md, x.bin\)"),
        ({f"{n}.md": b"hello" for n in range(9)}, r"9 files \(0.md, .*, 4.md, \.\.\.\)"),
        ({"a.jpg": b"", "B.PNG": b""}, r"holds media only \(B.PNG, a.jpg\), no labels"),
    ],
)
def test_folders_of_no_format(files: dict[str, bytes], what: str) -> None:
    with pytest.raises(UnknownFormat, match=what) as caught:
        registry.sniff(folder(files))
    assert "--format F" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "the file is empty"), (b" \n", "the file is empty"), (b"hello", "fits no format")],
)
def test_files_of_no_format(content: bytes, what: str) -> None:
    with pytest.raises(UnknownFormat, match=f"labels: .*{what}"):
        registry.sniff(source(x=content))


def test_a_binary_file_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "model.bin"
    with large.open("wb") as file:
        file.truncate(50 << 30)
    with pytest.raises(UnknownFormat, match="binary file"):
        registry.sniff(disk_source(large))
    with pytest.raises(UnknownFormat, match="binary file"):
        registry.sniff(Source("x", {"film.mp4": DiskBlob("/nowhere")}, False))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    gone = Source("x", {"x": DiskBlob(str(tmp_path / "x"))}, False)
    with pytest.raises(NotFound, match="No such file"):
        registry.sniff(gone)


def test_a_folder_of_label_files_is_told_apart() -> None:
    files = {"a.conll": CONLL, "a b/b.json": COCO, "c.jpg": b"\xff\xd8", "README.md": b"Hello"}
    with pytest.raises(UnknownFormat) as caught:
        registry.sniff(folder(files))
    assert str(caught.value) == (
        "labels: the folder as a whole is in no format, but files in it are\n"
        "  Add them one by one:\n"
        "    labelvc add 'labels/a b/b.json'  (coco)\n"
        "    labelvc add labels/a.conll  (conll)"
    )


def test_reading_is_one_call() -> None:
    snapshot, fmt, settings = read(source(x=CONLL), None, {})
    assert fmt is conll
    assert dict(settings) == {"token": "0", "tag": "-1", "scheme": "bio"}
    assert snapshot.labels["category"].to_list() == ["PER", "LOC"]


@pytest.mark.parametrize(
    ("content", "name", "settings", "error"),
    [
        (b"hello", None, {}, UnknownFormat),
        (CONLL, "conll", {"colour": "red"}, LabelvcError),
        (b"a O\nb\n", "conll", {}, ParseError),
        (b"a B-X\n\nb I-X\n", "conll", {}, SettingNeeded),
        (COCO.replace(b"[1, 2", b"[1e999, 2"), "coco", {}, (ParseError, SchemaError)),
    ],
)
def test_what_cannot_be_read(
    content: bytes,
    name: str | None,
    settings: dict[str, str],
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    with pytest.raises(error, match="labels"):
        read(source(x=content), name, settings)


def test_importing_it_loads_no_heavy_neighbour() -> None:
    heavy = ["pandas", "pyarrow", "scipy", "PIL", "dvc", "rich"]
    code = f"import sys, labelvc.formats.registry; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# Formats of other packages: real ones, as pip would lay them down


def install(site: Path, name: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    info = site / f"labelvc_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: labelvc-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[labelvc.formats]\n{name} = plugin_{name}\n")
    (site / f"plugin_{name}.py").write_text(module)
    monkeypatch.syspath_prepend(str(site))


def test_a_format_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = (
        "from labelvc.formats.conll import *\nNAME = 'tags'\n"
        "def sniff(source):\n    return 'a .tags file' if 'x.tags' in source.files else None\n"
    )
    install(tmp_path, "tags", module, monkeypatch)
    assert registry.by_name("tags").NAME == "tags"
    assert registry.sniff(source(x__tags=b"hello")).NAME == "tags"
    assert registry.sniff(source(x=CONLL)) is conll


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("import nothing_of_that_name", "cannot be loaded: No module named 'nothing_of_that_name'"),
        ("1 / 0", "cannot be loaded: division by zero"),
        ("NAME = 'x'", "has no TITLE, CARRIES, SETTINGS, sniff, settle, scan, write"),
    ],
)
def test_a_broken_format_of_another_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, message: str
) -> None:
    install(tmp_path, "broken", module, monkeypatch)
    with pytest.raises(LabelvcError, match=f"format broken of labelvc-broken {message}"):
        registry.by_name("broken")
    assert registry.by_name("conll") is conll
    assert registry.sniff(source(x=CONLL)) is conll
    with pytest.raises(UnknownFormat, match=f"fits no format\n.*labelvc-broken {message}"):
        registry.sniff(source(x=b"hello"))


def test_our_own_formats_are_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "conll", "NAME = 'conll'", monkeypatch)
    assert registry.by_name("conll") is conll
