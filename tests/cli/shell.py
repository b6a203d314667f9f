"""The program as a person uses it: arguments in; exit code, stdout and stderr out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelvc.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stands under the one versioned key of the answer."""
        ((_, told),) = json.loads(self.out).items()
        return told


class Shell:
    """Calls labelvc in this process, in a folder that stays the current one."""

    def __init__(self, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capfd = capfd
        self._patch = patch

    def __call__(self, *args: str, at: Path | None = None, code: int | None = 0) -> Ended:
        """Run it; fails unless it exits with `code` (None: any)."""
        if at is not None:
            self._patch.chdir(at)
        self._capfd.readouterr()
        ended = main(list(args))
        out, err = self._capfd.readouterr()
        assert code is None or ended == code, f"{args} ended with {ended}\n{out}\n{err}"
        return Ended(ended, out, err)

    def refused(self, *args: str, at: Path | None = None) -> str:
        """The message of a call that ends with exit code 2, printing nothing else."""
        ended = self(*args, at=at, code=2)
        assert ended.out == ""
        assert "Traceback" not in ended.err
        return ended.err


def coco(images: Mapping[str, Sequence[str]], *, first_id: int = 1) -> dict[str, Any]:
    """A COCO file: a box of each category named, by image; numbered from `first_id`."""
    names = sorted({name for boxes in images.values() for name in boxes} | {"cat", "dog"})
    boxes = [(place, name) for place, file in enumerate(images) for name in images[file]]
    return {
        "images": [
            {"id": number, "file_name": file, "width": 100, "height": 80}
            for number, file in enumerate(images)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names)],
        "annotations": [
            {
                "id": first_id + number,
                "image_id": image,
                "category_id": names.index(name),
                "bbox": [3 * (number % 25), 5, 20, 30],
            }
            for number, (image, name) in enumerate(boxes)
        ],
    }


FIRST = coco({"a.jpg": ["cat", "dog"], "b.jpg": ["cat"]})
SECOND = coco({"a.jpg": ["cat", "cat"], "b.jpg": ["cat"], "c.jpg": ["dog"]})
