"""What tests of several modules need, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.stores import client, no_settings


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database, to be copied: making one takes MLflow seconds."""
    file = tmp_path_factory.mktemp("blank") / "mlflow.db"
    with no_settings():
        client(f"sqlite:///{file}")
    return file
