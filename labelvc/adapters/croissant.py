"""A label version as Croissant 1.0, the description of datasets that search engines read.

The file describes the label files with their hashes and holds the labels themselves as records, so
that any reader of Croissant has them without knowing the label format. It is for reading: labelvc
does not take it back in.
"""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.fragments import resolved
from labelvc.repo.exporting import Exported
from labelvc.repo.label_version import LabelFile, LabelVersion, label_version
from labelvc.repo.placing import place_file
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set

Json = dict[str, Any]
SUFFIX = ".croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
# The context of Croissant 1.0, which its readers compare word for word.
_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
    *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _TERMS},
}
_MEDIA_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".ndjson": "application/jsonlines",
    ".csv": "text/csv",
    ".tsv": "text/tsv",
    ".xml": "text/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".parquet": "application/x-parquet",
}
_TYPES = {
    "box": "cr:BoundingBox",
    **dict.fromkeys(("start", "end", "confidence", "width", "height", "duration"), "sc:Float"),
}
_TOLD = {
    "sample": "The name of the sample",
    "id": "The id in the label file",
    "kind": "What sort of label it is",
    "category": "The class",
    "verdict": "present; absent: the sample was checked and has none; rejected",
    "box": "x, y, width, height from the top left corner, counted from 0, in the label's unit",
    "geometry": "The shape as JSON: polygon, mask (COCO run lengths), keypoints, ...",
    "start": "Where a span or segment begins, in the label's unit",
    "end": "Where it ends, exclusively",
    "unit": "The unit of the place",
    "text": "The text or transcript",
    "attributes": "Further values as JSON",
    "annotator": "Who labelled",
    "confidence": "Confidence of the label",
    "path": "The media file as the label file names it",
    "split": "The split of the dataset",
    "width": "Pixels",
    "height": "Pixels",
    "duration": "Seconds",
    "digest": "A hash of the media file",
    "name": "The class",
    "parent": "The class above it",
}


def export_croissant(
    repo: Repository, name: str, to: str, rev: str | None, *, force: bool = False
) -> Exported:
    """Write a label set at a revision to a file as Croissant; `to` ends with `.croissant.json`.

    Raises RepositoryError where something is there already, unless with `force`.
    """
    version = label_version(repo, name, rev)
    target = Path(os.path.abspath(to))
    place_file(target, croissant(version).encode("utf-8", "backslashreplace"), force=force)
    label_set = find_set(repo, [*repo.sets(version.end.commit), *repo.sets(None)], name)
    return Exported(label_set, version.end, version.snapshot.tally(), str(target))


def croissant(version: LabelVersion, *, license: str | None = None) -> str:
    """The JSON-LD; `license` is the address of the licence, where it is known."""
    tally = version.snapshot.tally()
    commit = version.end.commit
    said: Json = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": version.name,
        "description": (
            f"{tally.labels} labels of {tally.samples} samples in {len(tally.categories)}"
            f" categories, kept as {version.format} in Git commit {commit}."
        ),
        "version": version.version,
        "datePublished": version.date,
        "isLiveDataset": False,
        "identifier": [f"git:{commit}", f"labelvc:{version.digest}", f"hash:{version.hash}"],
    }
    if version.url:
        said["url"] = version.url
    if license:
        said["license"] = license
    said["distribution"] = [_file(file) for file in version.files]
    said["recordSet"] = _record_sets(version.snapshot)
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _file(file: LabelFile) -> Json:
    suffix = posixpath.splitext(file.path)[1].lower()
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": _MEDIA_TYPES.get(suffix, "text/plain"),
        "sha256": file.sha256,
    }


def _record_sets(snapshot: Snapshot) -> list[Json]:
    """Categories, samples and labels; a table without rows has no records and is left out."""
    labels = resolved(snapshot)
    box = pl.concat_list(BOX) if labels.height else pl.lit(None, dtype=pl.List(pl.Float64))
    boxes = pl.when(pl.col("x").is_not_null()).then(box).alias("box")
    tables = {
        "categories": snapshot.categories.drop("key"),
        "samples": snapshot.samples.drop("record"),
        "labels": labels.with_columns(boxes).drop("key", "record", *BOX),
    }
    keys = {"categories": "name", "samples": "sample"}
    return [
        _record_set(name, table, keys.get(name)) for name, table in tables.items() if table.height
    ]


def _record_set(name: str, table: pl.DataFrame, key: str | None) -> Json:
    """A table as records, without the columns that are empty."""
    columns = [column for column in table.columns if table[column].null_count() < table.height]
    fields = [_field(name, column) for column in columns]
    ids = {column: f"{name}/{column}" for column in columns}
    said: Json = {"@type": "cr:RecordSet", "@id": name, "name": name}
    if name == "categories":
        said["dataType"] = "sc:Enumeration"
    if key is not None:
        said["key"] = {"@id": f"{name}/{key}"}
    return {**said, "field": fields, "data": _records(table, ids)}


def _records(table: pl.DataFrame, ids: Mapping[str, str]) -> Sequence[Json]:
    return table.select(pl.col(column).alias(name) for column, name in ids.items()).to_dicts()


def _field(table: str, column: str) -> Json:
    field: Json = {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "description": _TOLD[column],
        "dataType": _TYPES.get(column, "sc:Text"),
    }
    references = {"sample": "samples/sample", "category": "categories/name"}
    if table == "labels" and column in references:
        field["references"] = {"field": {"@id": references[column]}}
    return field
