from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reposync.config.load import Loaded, load
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENVIRON = {"A_USER": "me", "A_PASSWORD": "s3cret"}


@pytest.fixture
def load_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Loaded]:
    """Load a text from a file that is called f.yml."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, *, verify_only: bool = False) -> Loaded:
        (tmp_path / "f.yml").write_text(text, encoding="utf-8")
        return load("f.yml", ENVIRON, verify_only=verify_only)

    return load_text


@pytest.fixture
def problems(load_text: Callable[..., Loaded]) -> Callable[[str], list[str]]:
    """Return what is wrong with a text, a line for each problem."""

    def problems(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_text(text)
        assert str(caught.value).splitlines() == [str(each) for each in caught.value.problems]
        return str(caught.value).splitlines()

    return problems
