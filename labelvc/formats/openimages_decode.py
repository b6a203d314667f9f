"""What rows of Open Images files say, as columns of a snapshot."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import polars as pl

from labelvc.core.snapshot import canonical_json
from labelvc.formats.csv_header import cells
from labelvc.formats.openimages_files import BOX, CLASS, IMAGE, MASK, POINT, Part

# The image and the class of a row, by what its file speaks of.
KEYS = {
    BOX: ("ImageID", "LabelName"),
    CLASS: ("ImageID", "LabelName"),
    MASK: ("ImageID", "LabelName"),
    POINT: ("ImageId", "Label"),
    IMAGE: ("ImageID", "Subset"),
}
CORNERS = {
    BOX: ("XMin", "XMax", "YMin", "YMax"),
    MASK: ("BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax"),
    POINT: ("X", "Y"),
}
IDS = {MASK: "BoxID"}
# Columns of labels besides image, class and place; all others are attributes.
MEANT = {
    BOX: ("Confidence",),
    CLASS: ("Confidence",),
    MASK: ("BoxID",),
    POINT: ("EstimatedYesNo",),
    IMAGE: (),
}
MACHINE = "machine"
VERDICTS = {"yes": "present", "no": "absent"}
# Attributes that are numbers; a cell there that is none stays text.
_NUMBERS = re.compile(
    r"Is[A-Z]\w*|XClick\d[XY]|PredictedIoU|(Yes|No|Unsure)Votes|OriginalSize|Rotation"
)
_INTEGER = re.compile(r"-?\d{1,15}")
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,17}([eE][-+]?\d{1,2})?")


def own_columns(part: Part) -> list[str]:
    """The columns of a file that have a meaning of their own."""
    columns = (*KEYS[part.kind], *CORNERS.get(part.kind, ()), *MEANT[part.kind])
    return [name for name in columns if name in part.columns]


def further_columns(part: Part) -> list[str]:
    """The columns that are attributes, sorted."""
    own = set(own_columns(part))
    return sorted(name for name in part.columns if name not in own)


def tables(
    part: Part, wanted: Sequence[int] | None = None, names: Sequence[str] | None = None
) -> Iterator[tuple[Sequence[int], pl.DataFrame]]:
    """The cells of all rows, or of the wanted ones, in blocks; empty ones are null.

    `names` are the columns that are needed. Raises ParseError.
    """
    if wanted is None:
        for rows, body in part.rows.blocks():
            yield rows, _table(part, rows, body, names)
    elif len(wanted):
        body = b"".join([part.rows[row] for row in wanted])
        yield wanted, _table(part, wanted, body, names)


def _table(
    part: Part, rows: Sequence[int], body: bytes, names: Sequence[str] | None
) -> pl.DataFrame:
    places = list(range(len(part.columns)))
    if names is not None:
        places = [at for at in places if part.columns[at] in names]
    if fast := _fast(part, rows, body, places):
        return fast[0]
    parsed = [_row(part, row) for row in rows]
    return pl.DataFrame(
        {part.columns[at]: [cells[at] or None for cells in parsed] for at in places},
        schema={part.columns[at]: pl.String for at in places},
    )


def _fast(
    part: Part, rows: Sequence[int], body: bytes, places: Sequence[int]
) -> list[pl.DataFrame]:
    """The table by the fast reader, where it is sure to read what `_row` would."""
    width = len(part.columns)
    # short rows would be filled up; a right total without a row too long rules them out
    if b'"' in body or body.count(b",") != len(rows) * (width - 1):
        return []
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            columns=list(places),
            infer_schema=False,
            quote_char=None,
        )
    except (pl.exceptions.PolarsError, ValueError):
        return []  # the slow reader tells where the trouble is
    if frame.shape != (len(rows), len(places)):
        return []
    frame.columns = [part.columns[at] for at in places]
    return [frame]


def _row(part: Part, row: int) -> list[str]:
    file = part.rows.file(part.where)
    try:
        found = cells(file.text(row))
    except csv.Error as error:
        raise file.error(row, "a row of CSV", str(error)) from None
    missing = len(part.columns) - len(found)
    # lists of images with too few cells in a row are about; nothing of a label hangs on them
    if missing < 0 or (missing and part.kind != IMAGE):
        raise part.error(row, f"{len(part.columns)} cells", str(len(found)))
    return found + [""] * missing


def keys(part: Part, wanted: Sequence[int] | None = None) -> Iterator[pl.DataFrame]:
    """The columns `row`, `sample` and `mid` of rows, in blocks."""
    sample, mid = KEYS[part.kind]
    for rows, table in tables(part, wanted, (sample, mid)):
        found = table.select(
            pl.Series("row", rows, dtype=pl.Int64),
            pl.col(sample).alias("sample"),
            (pl.col(mid) if mid in table.columns else pl.lit(None, pl.String)).alias("mid"),
        )
        needed = [(sample, "sample"), *([] if part.kind == IMAGE else [(mid, "mid")])]
        for name, column in needed:
            _refuse_missing(part, rows, found[column], f"a value in column {name}")
        yield found


def labels(part: Part, wanted: Sequence[int] | None = None) -> Iterator[pl.DataFrame]:
    """The labels that rows state, a label a row, with class ids as categories."""
    for rows, table in tables(part, wanted):
        yield _labels(part, rows, table)


def _labels(part: Part, rows: Sequence[int], table: pl.DataFrame) -> pl.DataFrame:
    sample, mid = KEYS[part.kind]
    for name in (sample, mid):
        _refuse_missing(part, rows, table[name], f"a value in column {name}")
    said = table.select(
        pl.col(sample).alias("sample"), pl.lit(part.kind).alias("kind"), pl.col(mid).alias("mid")
    )
    said = said.with_columns(_placed(part, rows, table))
    if part.kind in IDS and IDS[part.kind] in table.columns:
        said = said.with_columns(table[IDS[part.kind]].alias("id"))
    if "Confidence" in MEANT[part.kind] and "Confidence" in table.columns:
        confidence = _numbers(part, rows, table["Confidence"], needed=False)
        said = said.with_columns(_verdicts(part, table, confidence))
    if part.kind == POINT and "EstimatedYesNo" in table.columns:
        said = said.with_columns(_estimated(table))
    return said.with_columns(attributes(table, further_columns(part), said))


def _placed(part: Part, rows: Sequence[int], table: pl.DataFrame) -> list[pl.Series]:
    if part.kind == CLASS:
        return []
    numbers = [_numbers(part, rows, table[name]) for name in CORNERS[part.kind]]
    unit = pl.Series("unit", ["fraction"]).new_from_index(0, table.height)
    if part.kind == POINT:
        points = [canonical_json({"keypoints": [[x, y, 2]]}) for x, y in zip(*numbers, strict=True)]
        return [pl.Series("geometry", points, dtype=pl.String), unit]
    left, right, top, bottom = numbers
    return [
        left.alias("x"),
        top.alias("y"),
        (right - left).alias("width"),
        (bottom - top).alias("height"),
        unit,
    ]


def _verdicts(part: Part, table: pl.DataFrame, confidence: pl.Series) -> list[pl.Series]:
    """What Confidence says: of a human's class 1 is present and 0 absent, and no confidence."""
    if part.kind != CLASS:
        return [confidence.alias("confidence")]
    human = pl.lit(value=MACHINE not in part.path)
    if "Source" in table.columns:
        human = (pl.col("Source") != MACHINE).fill_null(True)
    told = table.with_columns(confidence.alias("confidence")).select(
        pl.when(human & (pl.col("confidence") == 0))
        .then(pl.lit("absent"))
        .otherwise(pl.lit("present"))
        .alias("verdict"),
        pl.when(~(human & pl.col("confidence").is_in([0.0, 1.0])))
        .then(pl.col("confidence"))
        .alias("confidence"),
    )
    return told.get_columns()


def _estimated(table: pl.DataFrame) -> list[pl.Series]:
    verdict: pl.Series = table["EstimatedYesNo"].replace_strict(VERDICTS, default="present")
    return [verdict.fill_null("present").alias("verdict")]


def attributes(table: pl.DataFrame, names: Sequence[str], said: pl.DataFrame) -> pl.Series:
    """The cells of further columns (sorted by name) as JSON objects.

    An answer about a point that is neither yes nor no is one of them.
    """
    cells = {name: table[name] for name in names}
    if "EstimatedYesNo" in table.columns and "verdict" in said.columns:
        answers = table["EstimatedYesNo"]
        told = answers.is_in([*VERDICTS]).fill_null(value=False)
        undecided = answers.zip_with(~told, pl.Series([None], dtype=pl.String))
        cells = dict(sorted({**cells, "EstimatedYesNo": undecided}.items()))
    members = [_members(name, column) for name, column in cells.items()]
    if not members:
        return pl.Series("attributes", [None] * table.height, dtype=pl.String)
    together = pl.DataFrame(members).select(
        pl.concat_str(pl.all().fill_null("")).str.strip_prefix(",").alias("attributes")
    )
    braced = pl.concat_str(pl.lit("{"), pl.col("attributes"), pl.lit("}"))
    objects = together.select(pl.when(pl.col("attributes") != "").then(braced).alias("attributes"))
    return objects.get_column("attributes")


def _members(name: str, column: pl.Series) -> pl.Series:
    """Each cell as a member of a JSON object, a comma before it; equal cells are spelled once."""
    values = column.drop_nulls().unique()
    start = f",{canonical_json(name)}:"
    spelled = [start + canonical_json(value(name, text)) for text in values]
    texts = pl.Series(spelled, dtype=pl.String)
    told: pl.Series = column.replace_strict(values, texts, default=None, return_dtype=pl.String)
    return told.alias(name)


def value(name: str, text: str) -> str | int | float:
    """What a cell of a further column holds."""
    if _NUMBERS.fullmatch(name):
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


def _numbers(
    part: Part, rows: Sequence[int], column: pl.Series, *, needed: bool = True
) -> pl.Series:
    numbers: pl.Series = column.str.strip_chars().cast(pl.Float64, strict=False)
    bad = ~numbers.is_finite().fill_null(False)
    if not needed:
        bad &= column.is_not_null()
    if bad.any():
        at = bad.arg_true()[0]
        expected = f"a number in column {column.name}"
        raise part.error(rows[at], expected, "none" if column[at] is None else repr(column[at]))
    return numbers


def _refuse_missing(part: Part, rows: Sequence[int], column: pl.Series, expected: str) -> None:
    if column.null_count():
        raise part.error(rows[column.is_null().arg_true()[0]], expected, "none")
