"""What `labelvc convert` did, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelvc.core.losses import Loss, refused
from labelvc.repo.converting import Conversion, End
from labelvc.report.escape import visible
from labelvc.report.numbers import count


def conversion_json(done: Conversion) -> dict[str, Any]:
    """`labelvc.convert/v1`."""
    return {
        "labelvc.convert/v1": {
            "source": _end(done.source),
            "target": _end(done.target),
            "written": done.written,
            "losses": [loss.values() for loss in done.losses],
        }
    }


def conversion_text(done: Conversion) -> str:
    """Both ends in a line, then what was lost and what is told besides."""
    lines = [f"{_side(done.source)} -> {_side(done.target)}"]
    lost = refused(done.losses)
    if lost:
        lines += ["Lost:", *map(_line, lost)]
    besides = [loss for loss in done.losses if not loss.refused]
    if besides:
        lines += ["No loss of labels, but told:", *map(_line, besides)]
    if done.written and done.target.settings:
        lines.append(f"To read it: {_settings(done.target.settings)}")
    return "\n".join(lines)


def losses_text(done: Conversion) -> str:
    """What was refused, a line each."""
    return "\n".join(_line(loss) for loss in refused(done.losses))


def _end(end: End) -> dict[str, Any]:
    return {
        "path": end.path,
        "format": end.format,
        "settings": dict(end.settings),
        "samples": end.tally.samples,
        "labels": end.tally.labels,
    }


def _side(end: End) -> str:
    holds = f"{count(end.tally.labels, 'label')} of {count(end.tally.samples, 'sample')}"
    return f"{visible(end.path)} ({end.format}, {holds})"


def _line(loss: Loss) -> str:
    noun = {"labels": "label", "samples": "sample", "categories": "category"}[loss.table]
    example = "" if loss.example is None else f", such as {visible(loss.example)}"
    reason = "" if loss.reason is None else f" ({visible(loss.reason)})"
    what = f"  {visible(loss.what)}: {loss.done}, {count(loss.count, noun)}{example}{reason}"
    return what


def _settings(settings: Mapping[str, str]) -> str:
    return " ".join(f"--set {visible(name)}={visible(value)}" for name, value in settings.items())
