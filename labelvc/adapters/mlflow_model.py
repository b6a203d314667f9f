"""Models that MLflow keeps, brought here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from labelvc.adapters.mlflow_store import connected
from labelvc.core.errors import NotFound

_STORE = "MLFLOW_TRACKING_URI"


@contextlib.contextmanager
def pulled(spec: str, *, uri: str) -> Iterator[Path]:
    """The folder of the model that an MLflow URI names, and MLflow's store meanwhile that at `uri`.

    Where the store keeps it as files on this machine, its own folder. Raises LabelvcError where
    MLflow is not installed, does not answer or has no such model.
    """
    try:
        with connected(uri, create=False), _current(uri):
            import mlflow.artifacts

            yield Path(mlflow.artifacts.download_artifacts(artifact_uri=spec))
    except NotFound as error:
        raise NotFound(
            error.message,
            hint="MLFLOW_TRACKING_URI, or `mlflow: {tracking_uri: ...}` in labelvc.yaml, names the "
            "store that models are taken from.",
        ) from None


@contextlib.contextmanager
def _current(uri: str) -> Iterator[None]:
    """Have MLflow mean this store, as `models:/` is looked up in the current one alone.

    By its variable, as `mlflow.set_tracking_uri` could not be taken back; only where somebody has
    called that in this process it goes before the variable.
    """
    import mlflow

    before = os.environ.get(_STORE)
    os.environ[_STORE] = uri
    chosen = mlflow.get_tracking_uri()
    try:
        if chosen != uri:
            mlflow.set_tracking_uri(uri)
        yield
    finally:
        if chosen != uri:
            mlflow.set_tracking_uri(chosen)
        if before is None:
            del os.environ[_STORE]
        else:
            os.environ[_STORE] = before
