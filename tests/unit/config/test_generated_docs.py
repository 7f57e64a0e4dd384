from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from dev import generate_docs

from reposync.config.load import load
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = (generate_docs.ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", generate_docs.outputs(), ids=lambda path: path.name)
def test_what_is_published_is_what_the_model_says(path: Path):
    assert path.read_text(encoding="utf-8") == generate_docs.outputs()[path]


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL))
def test_every_file_in_the_reference_is_right(tmp_path: Path, example: str):
    (tmp_path / "sync.yml").write_text(example, encoding="utf-8")

    assert load(str(tmp_path / "sync.yml"), {}, verify_only=True).config.stages


def test_the_message_in_the_reference_is_the_one_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    text = generate_docs.EXAMPLE.replace("destination: master", "destination: mastr")
    (tmp_path / "sync.yml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load("sync.yml", {"HUB_USER": "", "HUB_PASSWORD": ""}, verify_only=False)

    assert f"```text\n{caught.value}\n```" in REFERENCE


def test_a_stale_file_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["generate_docs.py", "--check"])
    stale = generate_docs.main()
    monkeypatch.setattr("sys.argv", ["generate_docs.py"])
    written = generate_docs.main()
    monkeypatch.setattr("sys.argv", ["generate_docs.py", "--check"])

    assert (stale, written, generate_docs.main()) == (1, 0, 0)
    assert "docs/configuration.md is stale" in capsys.readouterr().err
