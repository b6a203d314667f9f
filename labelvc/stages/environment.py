"""What a score may depend on beside labels, code and parameters: the machine and its packages."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

# Distributions that train, predict, score, or read media and labels.
PACKAGES = (
    *("labelvc", "dvc", "mlflow", "msgspec", "numpy", "pandas", "polars", "scipy"),
    *("Pillow", "ImageHash", "soundfile", "torch", "torchaudio", "torchvision"),
    *("faster-coco-eval", "jiwer", "krippendorff", "scikit-learn"),
    *("jax", "keras", "lightgbm", "onnxruntime", "tensorflow", "transformers", "xgboost"),
)


def environment(seed: int) -> dict[str, Any]:
    """Python, platform, the versions of the installed packages that matter, and the seed.

    Nothing is imported for it. `cpus` is there because sums in parallel depend on it.
    """
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "packages": dict(_installed()),
        "seed": seed,
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs between two environments, a line each: "torch was 2.12.0, is 2.13.0"."""
    one, two = _flat(before), _flat(after)
    return [
        f"{name} {_told('was', one.get(name))}, {_told('is', two.get(name))}"
        for name in {**one, **two}
        if one.get(name) != two.get(name)
    ]


def _installed() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue


def _flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The packages among the rest; records come from strangers, so they need not be a mapping."""
    packages = environment.get("packages")
    rest = {name: value for name, value in environment.items() if name != "packages"}
    return {**rest, **(packages if isinstance(packages, Mapping) else {})}


def _told(verb: str, value: Any) -> str:
    return f"{verb} not there" if value is None else f"{verb} {value}"
