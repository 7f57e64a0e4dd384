from __future__ import annotations

import logging

import pytest


@pytest.fixture
def restored_logging():
    """Logging is the process's own: a test that configures it gives it back as it was."""
    ours = logging.getLogger("reposync")
    handlers, root_level, level = logging.root.handlers, logging.root.level, ours.level
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(root_level)
    ours.setLevel(level)
