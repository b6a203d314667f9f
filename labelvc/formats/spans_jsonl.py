"""Character spans in JSON lines, in the styles of spaCy and doccano.

A line is a sample: its text, its spans (labels of kind span, Unicode code points, end exclusive)
and, in spaCy's styles, `cats` (labels of kind class; 0 is a verdict "absent", 1 present, anything
between a confidence). Keys that are neither (meta, relations, Comments) are the sample's
attributes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from labelvc.core.errors import SettingNeeded
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings, named_categories
from labelvc.formats.json_rows import first_values
from labelvc.formats.row_edits import edits, one_version_a_sample, refuse_loss, without_records
from labelvc.formats.rows import RowFile, content_key, cut_lines, occurrences, read_only_file
from labelvc.formats.source import Source
from labelvc.formats.spans_edit import edited_line, new_line
from labelvc.formats.spans_styles import (
    STYLES,
    Line,
    decode_heads,
    decode_lines,
    spans_key,
    style_of,
)

NAME = "spans"
TITLE = "Character spans in JSON lines (spaCy, doccano)"
CARRIES = Carries(
    kinds=frozenset({"span", "class"}),
    labels=frozenset({"id", "verdict", "confidence", "attributes"}),
    samples=frozenset({"text", "attributes"}),
    units=frozenset({"character"}),
)
SETTINGS = {"style": f"how a line says its spans: {', '.join(STYLES)}"}


def sniff(source: Source) -> str | None:
    """By how the first lines say spans."""
    if source.is_folder:
        return None
    name, blob = source.only()
    if not name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return None
    styles = [style_of(value) for value in first_values(blob.read())]
    told = {style for style in styles if style and style != "?"}
    return f"JSON lines with spans, {min(told)} style" if told and all(styles) else None


def settle(source: Source, settings: Settings) -> Settings:
    """The style, by what the lines look like; SettingNeeded where they differ."""
    name, content = read_only_file(source)
    where = source.where(name)
    if settings.get("style", STYLES[0]) not in STYLES:
        raise SettingNeeded(
            f"{where}: unknown style {settings['style']!r}",
            hint=f"Set `style` to one of {', '.join(STYLES)}.",
        )
    if "style" in settings:
        return settings
    values = first_values(content)
    told = [style_of(value) for value in values]
    styles = list(dict.fromkeys(style for style in told if style and style != "?"))
    if len(styles) > 1:
        raise SettingNeeded(
            f"{where}: its lines say spans in several styles: {', '.join(styles)}",
            hint="Make them one style, or set `style` to find the lines that differ.",
        )
    if not styles and any(
        isinstance(value, dict) and spans_key(value, "doccano") in value for value in values
    ):
        styles = ["doccano"]  # no other style uses this key
    if not styles and any(told):
        raise SettingNeeded(
            f"{where}: the first lines hold no span that tells the style",
            hint=f"Set `style` to one of {', '.join(STYLES)}.",
        )
    return {**settings, "style": styles[0] if styles else STYLES[0]}


def scan(source: Source, settings: Settings) -> SpansScan:
    """The lines."""
    name, content = read_only_file(source)
    return SpansScan(cut_lines(name, source.where(name), content), settings["style"])


@dataclass(frozen=True)
class SpansScan:
    """The lines of a file of one style."""

    file: RowFile
    style: str

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The lines."""
        return {"labels": self.file.rows}

    @cached_property
    def lines(self) -> list[Line]:
        """All lines, decoded."""
        return decode_lines(self.file, range(len(self.file.rows)), self.style)

    @cached_property
    def _keys(self) -> list[tuple[str | None, str]]:
        """Id and text of all lines."""
        return decode_heads(self.file, range(len(self.file.rows)), self.style)

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """`id` and `text` where lines have ids (tools renumber them), else nothing."""
        if not self.has_ids:
            return {}
        return {"id": [one for one, _ in self._keys], "text": [text for _, text in self._keys]}

    @cached_property
    def has_ids(self) -> bool:
        """Whether lines are identified by an `id`."""
        return any(one is not None for one, _ in self._keys)

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether both are of one style and identify samples the same way."""
        return bool(self.style == other.style and self.has_ids == other.has_ids)

    def without_ids(self) -> Sequence[bytes] | None:
        """None: what identifies a line cannot be blanked without decoding it."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Nothing: a sample is one line."""
        return ()

    def tally(self) -> Tally:
        """Counts of all lines."""
        names: dict[str, int] = {}
        for line in self.lines:
            for label in line.labels:
                names[label.category] = names.get(label.category, 0) + 1
        return Tally(len(self.lines), sum(names.values()), dict(sorted(names.items())))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all lines or the kept ones."""
        rows = self.file.kept(keep)
        lines = self.lines if keep is None else decode_lines(self.file, rows, self.style)
        keys = self._sample_keys(rows, lines, by_text=key == "text")
        labels = [
            (sample, number, label)
            for number, (sample, line) in enumerate(zip(keys, lines, strict=True))
            for label in line.labels
        ]
        return Snapshot(
            labels=labels_frame(
                id=[label.id for _, _, label in labels],
                sample=[sample for sample, _, _ in labels],
                kind=[label.kind for _, _, label in labels],
                category=[label.category for _, _, label in labels],
                verdict=[label.verdict for _, _, label in labels],
                start=[label.start for _, _, label in labels],
                end=[label.end for _, _, label in labels],
                unit=["character" if label.kind == "span" else None for _, _, label in labels],
                attributes=[label.attributes for _, _, label in labels],
                confidence=[label.confidence for _, _, label in labels],
                record=[number for _, number, _ in labels],
            ),
            samples=samples_frame(
                sample=keys,
                text=[line.text for line in lines],
                attributes=[line.attributes for line in lines],
                record=list(range(len(keys))),
            ),
            categories=categories_frame(
                named_categories([label.category for _, _, label in labels])
            ),
            format=NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else {self.file.name: (self, key)},
        )

    def _sample_keys(
        self, rows: Sequence[int], lines: Sequence[Line], *, by_text: bool
    ) -> list[str]:
        by_text = by_text or not self.has_ids
        if not by_text:
            return [str(self._identified(row, line)) for row, line in zip(rows, lines, strict=True)]
        texts = [text for _, text in self._keys]
        suffixes = occurrences(texts, rows)
        return [content_key(texts[row]) + end for row, end in zip(rows, suffixes, strict=True)]

    def _identified(self, row: int, line: Line) -> str:
        if line.id is None:
            raise self.file.error(row, "an id, as the lines before have", "none")
        first = self._places.setdefault(line.id, row)
        if first != row:
            expected = f"an id of its own; line {self.file.line(first)} has it"
            raise self.file.error(row, expected, line.id, at="/id")
        return line.id

    @cached_property
    def _places(self) -> dict[str | None, int]:
        """On which line an id stands first."""
        places: dict[str | None, int] = {}
        for row, (one, _) in enumerate(self._keys):
            places.setdefault(one, row)
        return places


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file, what changed rewritten inside its line."""
    known = snapshot.documents if snapshot.format == NAME else {}
    style = settings.get("style", STYLES[0])
    nothing = SpansScan(RowFile("spans.jsonl", "spans.jsonl", b"", []), style), None
    before, key = next(iter(known.values()), nothing)
    file = before.file
    if not known:
        snapshot = without_records(snapshot)
    by_id = before.has_ids and key != "text" if file.rows else _needs_ids(snapshot)
    own = len(file.rows)
    snapshot = one_version_a_sample(snapshot, own)
    old = before.read(key=key)
    copied, changed = edits(snapshot, old, old.samples["sample"].to_list())
    wide = replace(file, rows=snapshot.records)
    rows = {row: snapshot.records[row] for row in copied}
    added = []
    for edited in changed:
        if edited.rows:
            rows[edited.rows[0]] = edited_line(wide, before.style, edited, by_id=by_id)
        else:
            added.append(new_line(file, before.style, edited, by_id=by_id))
    lines = [*(rows[row] for row in sorted(rows)), *added]
    content = file.joined(lines)
    if changed or len(copied) < own:
        again = SpansScan(cut_lines(file.name, file.where, content), before.style)
        refuse_loss(snapshot, again.read(key=key), file.where)
    return {file.name: content}


def _needs_ids(snapshot: Snapshot) -> bool:
    """Whether the samples of a snapshot from elsewhere are not named by their text."""
    rows = snapshot.samples.select("sample", "text").iter_rows()
    return any(content_key(text or "") != sample.partition("#")[0] for sample, text in rows)
