from __future__ import annotations

import logging

import pytest
from tests import images
from tests.unit.cli.filled import fill


@pytest.fixture
def restored_logging():
    """Logging is the process's own: a test that configures it gives it back as it was."""
    ours = logging.getLogger("reposync")
    handlers, root_level, level = logging.root.handlers, logging.root.level, ours.level
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(root_level)
    ours.setLevel(level)


@pytest.fixture
def workplace(tmp_path, monkeypatch, restored_logging):
    """A folder to call the command in: a layout ``source`` with two repositories, and no ledger."""
    del restored_logging
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSYNC_LEDGER", "")
    fill(
        tmp_path / "source",
        {
            "team/app:1.0": images.image("app 1.0"),
            "team/app:1.1": images.image("app 1.1"),
            "team/app:2.0": images.image("app 2.0"),
            "team/web:1.0": images.image("web 1.0"),
            "team/old-test:1.0": images.image("old"),
        },
    )
    return tmp_path
