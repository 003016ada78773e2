"""One data directory for all commands, so that languages are tested once and then remembered."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    base = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # one of several processes
        base = base.parent
    directory = base / "algoroom-cli"
    directory.mkdir(exist_ok=True)
    return directory
