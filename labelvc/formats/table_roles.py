"""What the columns of a table mean, and which of them can be told by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labelvc.core.errors import ParseError, SettingNeeded
from labelvc.formats.base import Settings

COLUMN_SETTINGS = (
    "id",
    "label",
    "transcript",
    "text",
    "path",
    "split",
    "annotator",
    "confidence",
)
_NAMES = {
    "id": "id uid uuid guid key sample sample_id image_id example_id item_id text_id utt_id "
    "utterance_id doc_id",
    "path": "path file filename file_name filepath file_path image image_path image_file img "
    "audio audio_path audio_file wav wav_path video url image_url audio_url",
    "label": "label labels class classes category categories target intent tag tags sentiment "
    "class_name label_name category_name gold y",
    "text": "text sentence utterance question review content comment tweet document query",
    "split": "split subset fold partition",
    "annotator": "annotator annotator_id worker worker_id rater rater_id annotated_by",
    "confidence": "confidence probability prob",
}
_TRANSCRIPTS = ("sentence", "transcript", "transcription")
_AUDIO = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".webm", ".aac", ".sph")
_BOXES = {
    "xmin",
    "ymin",
    "xmax",
    "ymax",
    "bbox",
    "bndbox",
    "x_min",
    "y_min",
    "bbox_x",
    "predictionstring",
}


@dataclass(frozen=True)
class Roles:
    """The columns by what they mean; `id` is None where the text itself identifies a sample."""

    labels: tuple[str, ...] = ()
    id: str | None = None
    transcript: str | None = None
    text: str | None = None
    path: str | None = None
    split: str | None = None
    annotator: str | None = None
    confidence: str | None = None
    sep: str | None = None

    @staticmethod
    def of(settings: Settings, names: Sequence[str], key: str | None = None) -> Roles:
        """The roles as settled; `key` names another identifying column."""
        single = {role: settings.get(role) or None for role in COLUMN_SETTINGS if role != "label"}
        labels = label_columns(settings.get("label", ""), names)
        roles = Roles(labels, sep=settings.get("sep") or None, **single)
        if key is not None and key in names:
            roles = replace(roles, id=None if key == roles.text else key)
        return roles

    @property
    def columns(self) -> set[str]:
        """The columns that have a meaning; all others are attributes."""
        single = (
            self.id,
            self.transcript,
            self.text,
            self.path,
            self.split,
            self.annotator,
            self.confidence,
        )
        return {*self.labels, *(name for name in single if name)}

    @property
    def one_label_a_row(self) -> bool:
        """Whether a row of cells holds at most one label, which then bears its attributes."""
        return len(self.labels) + bool(self.transcript) == 1 and not self.sep

    def check(self, where: str, names: Sequence[str]) -> None:
        """Raise ParseError for a column that the file does not have."""
        for name in sorted(self.columns - set(names)):
            raise ParseError(
                where,
                "line 1",
                expected=f"a column {name!r}",
                found=f"the columns {', '.join(names)}",
                hint="The settings of the label set name its columns.",
            )


def label_columns(setting: str, names: Sequence[str]) -> tuple[str, ...]:
    """The columns a `label` setting names: one, or several with commas between."""
    if not setting or setting in names:
        return (setting,) if setting else ()
    return tuple(name.strip() for name in setting.split(","))


def looks_like_boxes(names: Sequence[str]) -> bool:
    """Whether the columns hold boxes, which are no business of this format."""
    return bool({name.strip().lower() for name in names} & _BOXES)


def looks_like_clips(names: Sequence[str]) -> bool:
    """Whether the columns are Common Voice's, which has a format of its own."""
    return {"client_id", "path", "sentence"} <= {*names}


def settle_roles(
    where: str, names: Sequence[str], first: Mapping[str, object], settings: Settings
) -> dict[str, str]:
    """The settings with the columns that can be told by name; `first` is a row to look at.

    Raises SettingNeeded, with the candidates, where several columns could be meant or none.
    """
    settled = dict(settings)
    taken = {settings[role] for role in COLUMN_SETTINGS if role in settings and role != "label"}
    taken |= set(label_columns(settings.get("label", ""), names))
    for name in sorted(taken - set(names)):
        raise SettingNeeded(f"{where}: no column {name!r}", hint=f"Columns: {_listed(names)}.")
    free = [name for name in names if name not in taken]
    _settle_keys(where, free, settled)
    _settle_answers(where, free, first, settled)
    for role in ("text", "split", "annotator", "confidence"):
        left = [name for name in free if name not in settled.values()]
        found = None if role in settled else _pick(where, role, left)
        if found:
            settled[role] = found
    if "id" not in settled and "text" not in settled:
        raise SettingNeeded(
            f"{where}: nothing here identifies the rows",
            hint=f"Set `id` or `text` to one of the columns: {_listed(names)}.",
        )
    return settled


def _settle_keys(where: str, free: Sequence[str], settled: dict[str, str]) -> None:
    """`id` and `path`: a path is the key where there is no other."""
    if "path" not in settled and (name := _pick(where, "path", free)):
        settled["path"] = name
    if "id" not in settled:
        name = _pick(where, "id", free) or settled.get("path")
        if name:
            settled["id"] = name


def _settle_answers(
    where: str, free: Sequence[str], first: Mapping[str, object], settled: dict[str, str]
) -> None:
    """`label`, or `transcript` beside a path to a sound file."""
    if "label" in settled or "transcript" in settled:
        return
    left = [name for name in free if name not in settled.values()]
    label = _pick(where, "label", left)
    spoken = [name for name in left if name.lower() in _TRANSCRIPTS]
    sound = str(first.get(settled.get("path", ""), "")).lower().endswith(_AUDIO)
    if label:
        settled["label"] = label
    elif len(spoken) == 1 and sound:
        settled["transcript"] = spoken[0]
    else:
        raise SettingNeeded(
            f"{where}: which column holds the labels?",
            hint=f"Set `label` (or `transcript`) to one of the columns: {_listed(left)}.",
        )


def _pick(where: str, role: str, names: Sequence[str]) -> str | None:
    """The one column whose name fits, or whose name is the role's own; None if none fits."""
    known = _NAMES[role].split()
    fitting = [name for name in names if name.strip().lower() in known]
    exact = [name for name in fitting if name.strip().lower() == role]
    if len(fitting) > 1 and len(exact) != 1:
        raise SettingNeeded(
            f"{where}: several columns could be `{role}`: {_listed(fitting)}",
            hint=f"Set `{role}` to one of them.",
        )
    best = exact or fitting
    return best[0] if best else None


def _listed(names: Sequence[str], limit: int = 20) -> str:
    more = f", ... ({len(names) - limit} more)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
