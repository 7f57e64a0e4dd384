from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.logins.homes import Home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home in which nothing is kept yet."""
    return Home.at(tmp_path)
