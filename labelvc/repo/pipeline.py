"""The pipeline that `labelvc init` lays down: dvc.yaml, and params.yaml for a task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from labelvc.repo import config, params
from labelvc.repo.config import LabelSet, parse_config
from labelvc.repo.templates import template
from labelvc.repo.writing import write_atomic

FILE = "dvc.yaml"

_IMAGES = """
  # image_size: 32        # one number or [width, height]
  image_mode: RGB         # or L
  duplicates: drop        # from training: keep | drop
  near_duplicates: 4      # bits of a perceptual hash that may differ; 0: do not look"""
_TEXTS = """
  unicode: NFC            # or NFD, NFKC, NFKD, none
  duplicates: drop        # from training: keep | drop"""
_SOUNDS = """
  sample_rate: 16000      # Hz
  mels: 40                # bands of the log-mel spectrogram
  duplicates: drop        # from training: keep | drop
  min_rms: 0.001          # quieter ones are silent"""
_NONE = """
  duplicates: drop        # from training: keep | drop; see docs/preprocess.md for the others"""
_SECTIONS: Mapping[str | None, str] = {
    "image-classification": _IMAGES,
    "object-detection": _IMAGES,
    "image-segmentation": _IMAGES,
    "keypoint-detection": _IMAGES,
    "text-classification": _TEXTS,
    "token-classification": _TEXTS,
    "audio-classification": _SOUNDS,
    "automatic-speech-recognition": _SOUNDS,
    None: _NONE,
}


def pipeline() -> bytes:
    """The content of dvc.yaml."""
    return template("dvc.yaml")


def params_for(task: str | None, sets: Iterable[LabelSet] = ()) -> bytes:
    """The content of params.yaml for a task (None: any), with the label sets there are."""
    content = template(params.FILE, PREPROCESS=_SECTIONS[task])
    for label_set in sets:
        content = params.with_entry(content, label_set)
    return content


def steer(root: Path, task: str | None, *, dry_run: bool = False) -> str | None:
    """Make the project's params.yaml, or name in it the label sets that it lacks; tells which."""
    file = root / params.FILE
    there = params.read_params(root)
    content = params_for(task, _declared(root)) if there is None else there
    if there is not None:
        named = params.named_sets(there)
        for label_set in _declared(root):
            if label_set.name not in named:
                content = params.with_entry(content, label_set)
    if content == there:
        return None
    if not dry_run:
        write_atomic(file, content)
    return "created" if there is None else "configured"


def is_untouched(root: Path) -> bool:
    """Whether the project's params.yaml is as labelvc made it."""
    there, sets = params.read_params(root), _declared(root)
    return any(there in (params_for(task), params_for(task, sets)) for task in _SECTIONS)


def _declared(root: Path) -> tuple[LabelSet, ...]:
    file = root / config.FILE
    return parse_config(file.read_bytes()).sets if file.exists() else ()
