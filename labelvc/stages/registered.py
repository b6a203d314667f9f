"""A model that MLflow keeps, of any of its flavours.

Loading one runs the code that is kept with it, as naming a module of the project runs that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelvc.adapters.mlflow_model import pulled
from labelvc.adapters.mlflow_store import tracking
from labelvc.core.errors import LabelvcError
from labelvc.repo.experiment import home_of
from labelvc.repo.repository import Repository
from labelvc.stages.interface import Sample
from labelvc.stages.project_code import running

if TYPE_CHECKING:
    import pandas as pd

_SCHEMES = ("models:/", "runs:/")
# A version of a registered model, a logged model by its id, what a run keeps.
_FIXED = re.compile(r"models:/[^/@]+/[0-9]+|models:/m-[0-9a-f]+|runs:/[0-9a-f]+/.+")


def is_registered(spec: str) -> bool:
    """Whether the name of a model is an MLflow URI."""
    return spec.startswith(_SCHEMES)


def check_fixed(spec: str) -> None:
    """Raises LabelvcError for an MLflow URI that may mean another model tomorrow."""
    if _FIXED.fullmatch(spec) is None:
        raise LabelvcError(
            f"{spec} does not tell one version of a model, and a score has to name it",
            hint="models:/NAME/NUMBER does, and so do models:/m-ID and runs:/RUN/PATH.",
        )


class Registered:
    """A model by its MLflow URI, from the store that the project's scores go to."""

    def __init__(self, spec: str, root: Path) -> None:
        """Raises LabelvcError where MLflow has none, and with what loading it raised."""
        check_fixed(spec)
        with pulled(spec, uri=_store(root)) as folder:
            import mlflow.pyfunc

            with running(f"{spec} could not be loaded", root):
                self.model: Any = mlflow.pyfunc.load_model(str(folder), suppress_warnings=True)

    def predict(self, samples: Sequence[Sample]) -> Any:
        """What the model says of the table of samples."""
        return self.model.predict(table(samples))


def table(samples: Sequence[Sample]) -> pd.DataFrame:
    """The samples as a model of MLflow gets them, a row each.

    Columns: `sample` (the key), `path`, `text` (null where there is none), `width` and `height` in
    pixels and `duration` in seconds (float64, NaN where not known).
    """
    import pandas as pd

    found: pd.DataFrame = pd.DataFrame(
        {
            "sample": [sample.key for sample in samples],
            "path": [None if sample.path is None else str(sample.path) for sample in samples],
            "text": [sample.text for sample in samples],
            **{
                name: pd.Series([getattr(sample, name) for sample in samples], dtype="float64")
                for name in ("width", "height", "duration")
            },
        }
    )
    return found


def _store(root: Path) -> str:
    try:
        repo = Repository.find(root)
    except LabelvcError:  # outside a repository MLflow's own settings count alone
        return tracking(root, {})[0]
    return tracking(home_of(repo.main_root or repo.root), repo.config(None).mlflow)[0]
