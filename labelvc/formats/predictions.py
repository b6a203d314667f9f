"""Predictions as files: any label format, COCO results, and tables with probabilities.

The kept form is Parquet with a row a prediction: `sample`, the columns of labels that say
something, and `p:CATEGORY` for each category a classification gives a probability. A sample where
nothing was found has a row without `kind`. The same table may be given as Parquet, CSV or TSV.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import polars as pl

from labelvc.core.errors import ParseError, SchemaError
from labelvc.core.predictions import COLUMNS, Predictions
from labelvc.core.snapshot import LABELS, Snapshot, labels_frame
from labelvc.formats.base import Settings
from labelvc.formats.coco_results import as_coco, is_results
from labelvc.formats.reading import read
from labelvc.formats.source import MemoryBlob, Source

PROBABILITY = "p:"
_TABLES = {".csv": ",", ".tsv": "\t", ".parquet": None, ".pq": None}


def read_predictions(
    source: Source,
    truth: Snapshot,
    *,
    format: str | None = None,
    settings: Settings | None = None,
    key: str | None = None,
) -> Predictions:
    """The predictions in a file or folder, for samples named as in `truth`.

    `format`, `settings` and `key` say how a label file is read, as for a label set. Raises
    ParseError, and LabelvcError where it cannot be told what the file means.
    """
    if not source.is_folder and format is None:
        path, blob = source.only()
        suffix = path[path.rfind(".") :].lower()
        if suffix in _TABLES:
            table = _table(blob.read(), suffix, source.name)
            if is_own(table):
                return of_table(table, source.name, id_column=(settings or {}).get("id"))
        if suffix == ".json" and is_results(content := blob.read()):
            made = as_coco(content, truth, source.name)
            source = Source(source.name, {path: MemoryBlob(made)}, is_folder=False)
            format = "coco"
    snapshot, _, _ = read(source, format, settings or {}, key)
    return Predictions.of_snapshot(snapshot)


def is_own(table: pl.DataFrame) -> bool:
    """Whether a table is laid out as predictions are kept."""
    names = set(table.columns)
    probable = any(name.startswith(PROBABILITY) for name in names)
    return probable or ("sample" in names and "kind" in names and names <= {*COLUMNS})


def of_table(table: pl.DataFrame, where: str, *, id_column: str | None = None) -> Predictions:
    """The predictions in a table of the kept form; `id_column` names the samples' own column.

    Raises ParseError for missing samples, repeated ones and numbers that are none.
    """
    name = id_column if id_column in table.columns else "sample"
    if name not in table.columns:
        raise ParseError(
            where,
            "",
            expected="a column `sample`",
            found=", ".join(table.columns[:8]),
            hint="Rename the column that names the samples, or say it: --set id=COLUMN.",
        )
    table = table.with_columns(pl.col(name).cast(pl.String).alias("sample"))
    if at := _first(table["sample"].is_null()):
        raise ParseError(where, f"row {at}", expected="a sample", found="nothing")
    chances = [column for column in table.columns if column.startswith(PROBABILITY)]
    if chances:
        return _classified(table, chances, where)
    found = table.filter(pl.col("kind").is_not_null())
    columns = {
        column: _cast(found[column], LABELS[column], where)
        for column in COLUMNS
        if column in table.columns
    }
    samples = table["sample"].unique(maintain_order=True)
    labels = labels_frame(**columns)
    return Predictions(samples, labels, sorted(labels["category"].drop_nulls().unique()))


def parse_parquet(content: bytes, where: str) -> Predictions:
    """The predictions in the kept form. Raises ParseError."""
    return of_table(_table(content, ".parquet", where), where)


def to_parquet(predictions: Predictions) -> bytes:
    """The kept form: rows sorted, so that equal predictions are equal bytes."""
    out = io.BytesIO()
    to_table(predictions).write_parquet(out, compression="zstd", statistics=False)
    return out.getvalue()


def to_table(predictions: Predictions) -> pl.DataFrame:
    """The kept form as a table; columns that say nothing are left out."""
    labels = predictions.labels.select(COLUMNS)
    if predictions.probabilities is None:
        silent = predictions.samples.filter(
            ~predictions.samples.is_in(labels["sample"].unique().implode())
        )
        nothing = labels_frame(sample=silent).select(COLUMNS)
        whole = pl.concat([labels, nothing]).sort(COLUMNS)
        return whole.select(
            column for column in whole if column.name in _ALWAYS or column.null_count() < len(whole)
        )
    if predictions.samples.is_duplicated().any():
        raise SchemaError("predictions with probabilities have each sample once")
    chances = pl.DataFrame(
        {
            f"{PROBABILITY}{category}": predictions.probabilities[:, at]
            for at, category in enumerate(predictions.categories)
        }
    )
    whole = pl.DataFrame({"sample": predictions.samples}).hstack(chances)
    classes = labels.select("sample", "kind", "category").unique("sample", keep="first")
    return whole.join(classes, on="sample", how="left").select(
        "sample", "kind", "category", *chances.columns
    ).sort("sample")  # fmt: skip


_ALWAYS = ("sample", "kind", "category")


def _table(content: bytes, suffix: str, where: str) -> pl.DataFrame:
    """A file as columns; texts as they are."""
    separator = _TABLES[suffix]
    try:
        if separator is None:
            return pl.read_parquet(io.BytesIO(content))
        return pl.read_csv(content, separator=separator, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        kind = "Parquet" if separator is None else "a table with a header"
        raise ParseError(where, "", expected=kind, found=str(error).splitlines()[0]) from None


def _classified(table: pl.DataFrame, chances: Sequence[str], where: str) -> Predictions:
    """A row a sample, with a probability a category; the likeliest is the class predicted."""
    if at := _first(~table["sample"].is_first_distinct()):
        raise ParseError(
            where, f"row {at}", expected="each sample once", found=repr(table["sample"][at - 1])
        )
    columns = [_cast(table[name], pl.Float64(), where).to_numpy() for name in chances]
    probabilities = np.column_stack(columns)
    if np.isnan(probabilities).any():
        row, column = np.argwhere(np.isnan(probabilities))[0]
        raise ParseError(
            where,
            f"row {row + 1}, column {chances[column]}",
            expected="a probability",
            found="nothing" if table[chances[column]][int(row)] is None else "NaN",
        )
    categories = [name.removeprefix(PROBABILITY) for name in chances]
    labels = classes(table["sample"], categories, probabilities)
    if "category" in table.columns:  # a model may decide otherwise than by the likeliest
        decided = pl.coalesce(table["category"].cast(pl.String), pl.col("category"))
        labels = labels.with_columns(decided)
    return Predictions(table["sample"], labels, categories, probabilities)


def classes(
    samples: pl.Series, categories: Sequence[str], probabilities: np.ndarray
) -> pl.DataFrame:
    """The likeliest class of each sample as labels; `probabilities` is (samples, categories)."""
    best = probabilities.argmax(axis=1) if len(samples) else np.zeros(0, dtype=np.int64)
    names = pl.Series(list(categories), dtype=pl.String)
    return labels_frame(
        sample=samples,
        kind=pl.Series(["class"]).new_from_index(0, len(samples)),
        category=names.gather(best),
        confidence=probabilities[np.arange(len(best)), best],
    )


def _cast(column: pl.Series, dtype: pl.DataType, where: str) -> pl.Series:
    done: pl.Series = column.cast(dtype, strict=False)
    if at := _first(done.is_null() & column.is_not_null()):
        raise ParseError(
            where,
            f"row {at}, column {column.name}",
            expected="a number",
            found=repr(column[at - 1])[:60],
        )
    return done


def _first(flags: pl.Series) -> int:
    """The number of the first row that is flagged, counted from 1; 0 for none."""
    at = flags.arg_max() if flags.any() else None
    return 0 if at is None else at + 1
