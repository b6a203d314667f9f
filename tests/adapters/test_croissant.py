"""A label version as Croissant, as its own library reads it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from labelvc.adapters.croissant import croissant, export_croissant
from labelvc.core.errors import RepositoryError
from labelvc.repo.label_version import label_version
from labelvc.repo.repository import Repository
from tests.cli.conftest import built, labels
from tests.cli.shell import FIRST, SECOND
from tests.data import data
from tests.repo.project import Project

__all__ = ["built", "labels"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    from tests.cli.shell import Shell

    return Shell(capfd, monkeypatch)


def exported(project: Project, **options: Any) -> tuple[Path, dict[str, Any]]:
    target = project.path / "train.croissant.json"
    export_croissant(Repository.find(project.path), "train", str(target), None, **options)
    return target, json.loads(target.read_text())


def records(path: Path, name: str) -> list[dict[str, Any]]:
    dataset = mlcroissant.Dataset(jsonld=str(path))
    return [
        {key.rpartition("/")[2]: value for key, value in record.items()}
        for record in dataset.records(name)
    ]


def test_its_own_library_finds_no_error(labels: Project) -> None:
    path, said = exported(labels)
    assert said["isLiveDataset"] is False
    dataset = mlcroissant.Dataset(jsonld=str(path))
    assert dataset.metadata.issues.errors == set()
    assert dataset.metadata.name == "train"


def test_its_own_library_reads_the_labels(labels: Project) -> None:
    path, _ = exported(labels)
    names = {one["id"]: one["name"] for one in FIRST["categories"]}
    images = {one["id"]: one["file_name"] for one in FIRST["images"]}
    found = [
        (one["sample"], one["category"], [float(side) for side in one["box"]])
        for one in records(path, "labels")
    ]
    assert found == [
        (images[one["image_id"]], names[one["category_id"]], one["bbox"])
        for one in FIRST["annotations"]
    ]
    assert [one["sample"] for one in records(path, "samples")] == list(images.values())
    assert [one["name"] for one in records(path, "categories")] == list(names.values())


def test_files_are_told_with_the_hash_of_their_bytes_at_that_revision(labels: Project) -> None:
    labels.write("labels/train.json", SECOND)
    target = labels.path / "first.croissant.json"
    export_croissant(Repository.find(labels.path), "train", str(target), "HEAD")
    (file,) = json.loads(target.read_text())["distribution"]
    stored = json.dumps(FIRST).encode()
    assert file["contentUrl"] == "labels/train.json"
    assert (file["sha256"], file["contentSize"]) == (
        hashlib.sha256(stored).hexdigest(), f"{len(stored)} B",
    )  # fmt: skip


def test_uncommitted_labels_have_no_version(labels: Project) -> None:
    labels.write("labels/train.json", SECOND)
    with pytest.raises(RepositoryError, match="changes that are in no commit"):
        exported(labels)


def test_what_is_there_is_replaced_only_by_force(labels: Project) -> None:
    exported(labels)
    with pytest.raises(RepositoryError, match="there is something already"):
        exported(labels)
    exported(labels, force=True)


def test_the_version_is_a_tag_or_the_date(labels: Project) -> None:
    _, said = exported(labels)
    date = labels.git("show", "--no-patch", "--format=%cI", "HEAD")
    assert said["datePublished"] == date
    assert said["version"] == ".".join(str(int(part)) for part in date[:10].split("-"))
    labels.git("tag", "labels/v1.4.0")
    assert exported(labels, force=True)[1]["version"] == "1.4.0"


def test_it_names_commit_digest_and_stored_object(labels: Project) -> None:
    _, said = exported(labels)
    version = label_version(Repository.find(labels.path), "train", None)
    commit = labels.git("rev-parse", "HEAD")
    md5 = hashlib.md5(json.dumps(FIRST).encode()).hexdigest()
    assert said["identifier"] == [
        f"git:{commit}", f"labelvc:{version.snapshot.digest()}", f"hash:{md5}",
    ]  # fmt: skip


def test_the_address_bears_no_password(labels: Project) -> None:
    labels.git("remote", "add", "origin", "https://ann:secret@example.org/ann/cells.git")
    assert exported(labels)[1]["url"] == "https://example.org/ann/cells"


def test_the_licence_is_told_where_it_is_known(labels: Project) -> None:
    version = label_version(Repository.find(labels.path), "train", None)
    assert "license" not in json.loads(croissant(version))
    said = json.loads(croissant(version, license="https://spdx.org/licenses/CC-BY-4.0"))
    assert said["license"] == "https://spdx.org/licenses/CC-BY-4.0"


def test_blood_cells_in_a_folder_of_files(labels: Project, run: Any) -> None:
    shutil.copytree(data("bccd/BCCD/Annotations"), labels.path / "cells" / "Annotations")
    run("add", "cells", at=labels.path)
    run("commit", "-m", "Cells")
    version = label_version(Repository.find(labels.path), "cells", None)
    path = labels.path / "cells.croissant.json"
    path.write_text(croissant(version))
    said = json.loads(path.read_text())
    assert len(said["distribution"]) == 364
    boxes = [one["box"] for one in records(path, "labels")]
    assert len(boxes) == 4888
    rows = version.snapshot.labels.select("x", "y", "width", "height").rows()
    assert [tuple(box) for box in boxes] == rows
