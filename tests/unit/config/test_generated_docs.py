from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from dev import generate_docs

from reposync.config.load import load
from reposync.config.options import StageOptions
from reposync.config.schema import schema
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = (generate_docs.ROOT / "docs" / "reference" / "configuration.md").read_text(
    encoding="utf-8"
)


FRAGMENTS = [*generate_docs.fragments(schema())]
FENCES = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
# What an example is worth nothing without.
NEEDED = {
    "env_user": {"env_password": "A_PASSWORD"},
    "env_password": {"env_user": "A_USER"},
    "client_cert_file": {"client_key_file": "key.pem"},
    "client_key_file": {"client_cert_file": "certificate.pem"},
    "exclude": {"repository": "team/*"},
    "create_repositories": {"url": "123456789012.dkr.ecr.eu-west-1.amazonaws.com"},
}
NESTED = ("referrers", "create_repositories")
SHOWN_AS_A_WHOLE = {"registries", "stages", "defaults", "from", "to"}


def completed(title: str, key: str, fragment: str) -> str:
    """Write a whole file around an example of *key*, which is at *title*."""
    source: dict[str, Any] = {"source": "dockerhub", "repository": "team/app"}
    rule: dict[str, Any] = {"destination": "master", "repository": "{basename}"}
    stage: dict[str, Any] = {"from": source, "to": [rule]}
    other = {
        "id": "mirror-sleeper" if key == "depends_on" else "other",
        "from": source,
        "to": [rule],
    }
    registry: dict[str, Any] = {"url": "a.example"}
    registries = {
        "dockerhub": {"url": "docker.io"},
        "master": {"url": "b.example"},
        "other": registry,
    }
    document: dict[str, Any] = {"registries": registries, "stages": [other, stage], "defaults": {}}
    places = {
        "": document,
        "defaults": document["defaults"],
        "registries.KEY": registry,
        "stages[]": stage,
        "stages[].from": source,
        "stages[].to[]": rule,
    }
    parent, _, nested = title.rpartition(".")
    if nested in NESTED:
        places[parent] |= NEEDED.get(nested, {})
        place = places[parent].setdefault(nested, {})
    else:
        place = places[title]
    place |= NEEDED.get(key, {}) | yaml.load(fragment, yaml.BaseLoader)
    return json.dumps(document)


@pytest.mark.parametrize("path", generate_docs.outputs(), ids=lambda path: path.name)
def test_what_is_published_is_what_the_model_says(path: Path):
    assert path.read_text(encoding="utf-8") == generate_docs.outputs()[path]


@pytest.mark.parametrize("example", [text for text in FENCES if "\nstages:" in text])
def test_every_file_in_the_reference_is_right(tmp_path: Path, example: str):
    (tmp_path / "sync.yml").write_text(example, encoding="utf-8")

    assert load(str(tmp_path / "sync.yml"), {}, verify_only=True).config.stages


@pytest.mark.parametrize(("title", "key", "fragment"), FRAGMENTS)
def test_every_example_of_a_key_is_right(tmp_path: Path, title: str, key: str, fragment: str):
    (tmp_path / "sync.yml").write_text(completed(title, key, fragment), encoding="utf-8")

    assert load(str(tmp_path / "sync.yml"), {}, verify_only=True).config.stages
    assert fragment in REFERENCE


def test_every_key_has_an_example():
    parts = [schema(), *schema()["$defs"].values()]
    keys = {key for part in parts for key in part["properties"]}

    assert keys - SHOWN_AS_A_WHOLE <= {key for _, key, _ in FRAGMENTS}


def test_every_option_is_described_once():
    assert [REFERENCE.count(f"### `{key}`") for key in StageOptions.__struct_fields__] == [1] * 8


def test_the_message_in_the_reference_is_the_one_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    text = generate_docs.EXAMPLE.replace("destination: master", "destination: mastr")
    (tmp_path / "sync.yml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load("sync.yml", {"HUB_USER": "", "HUB_PASSWORD": ""}, verify_only=False)

    assert f"```text\n{caught.value}\n```" in REFERENCE


def test_the_line_in_quotes_in_the_reference_is_the_one_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    text = generate_docs.EXAMPLE.replace("[1.0.0, 2.0.1]", "[semver: >=1.2]")
    (tmp_path / "sync.yml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load("sync.yml", {}, verify_only=True)

    assert f"```text\n{caught.value}\n```" in REFERENCE


def test_the_collision_in_the_reference_is_the_one_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "registries.yml").write_text(generate_docs.EXAMPLE, encoding="utf-8")
    shop = "registries:\n  dockerhub: {url: docker.io}\n"
    (tmp_path / "shop.yml").write_text(shop, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load(["registries.yml", "shop.yml"], {}, verify_only=True)

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
    assert "docs/reference/configuration.md is stale" in capsys.readouterr().err
