"""The files that the pages show: each one is right, and copies something to each destination."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml
from tests import images
from tests.e2e.pages import files, keys
from tests.unit.cli.filled import fill

from reposync.cli.main import call
from reposync.config.load import load
from reposync.selection.repositories import is_pattern

OF_THE_MACHINE = ("is not set", "is not on the PATH", "the extra", "is not there", "cannot be read")
# What is at a source whose file names no tag, or takes what fits.
TAGS = ("1.0.0", "1.25.0-alpine", "2.0.1", "3.20", "16.4", "17.0", "stable", "v1.2")
REFERENCE = "org.opencontainers.image.ref.name"
REPOSITORIES = ("team/shop", "team/deep/shop", "apps/shop/web", "library/hello-world", "library/x")


FILES = [(pytest.param(block, id=str(block)), keys(block)) for block in files()]
WHOLE = [block for block, has in FILES if "stages" in has]
REGISTRIES = [block for block, has in FILES if "stages" not in has]


def as_layouts(text):
    """The same file, with a layout of the name of its key in place of each registry.

    An option that belongs to registries, or to another program, goes with them.
    """
    document = yaml.load(text, yaml.BaseLoader)
    document["registries"] = {key: {"url": f"oci:{key}"} for key in document["registries"]}
    for part in (document, *document["stages"]):
        part.pop("relay", None)
    return document | {"fail_on": ["empty"]}


def sources(document):
    """What must be at each source: what the stages name, and something for what they choose."""
    found: dict[str, set[str]] = {}
    for stage in document["stages"]:
        name = stage["from"]["repository"]
        lines = [line for rule in stage["to"] for line in rule.get("tags", ())]
        texts = [line["tag"] if isinstance(line, dict) else line for line in lines]
        named = {text for text in texts if ":" not in text}
        found.setdefault(stage["from"]["source"], set()).update(
            f"{repository}:{tag}"
            for repository in (REPOSITORIES if is_pattern(name) else [name])
            for tag in {*TAGS, *named}
        )
    return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Make a layout in which all that is asked for is the same image."""
    one = tmp_path_factory.mktemp("layout") / "one"
    fill(one, {"x:1": images.multi_platform("image")})
    index = json.loads((one / "index.json").read_text())
    (entry,) = index["manifests"]

    def make(path, names):
        shutil.copytree(one, path)
        entries = [entry | {"annotations": {REFERENCE: name}} for name in sorted(names)]
        (path / "index.json").write_text(json.dumps(index | {"manifests": entries}))

    return make


@pytest.mark.parametrize("block", WHOLE)
def test_a_file_that_a_page_shows_is_right(block, tmp_path):
    (tmp_path / "cfg.yml").write_text(block.text)
    loaded = load(str(tmp_path / "cfg.yml"), {}, verify_only=True)
    told = [str(each) for each in loaded.warnings]
    assert [each for each in told if not any(words in each for words in OF_THE_MACHINE)] == []


@pytest.mark.parametrize("block", REGISTRIES)
def test_registries_that_a_page_shows_are_right(block, tmp_path):
    name = next(iter(yaml.safe_load(block.text)["registries"]))
    stage = f"from: {{source: {name}, repository: x}}, to: [{{destination: {name}, repository: y}}]"
    (tmp_path / "cfg.yml").write_text(f"{block.text}stages: [{{{stage}}}]\n")
    loaded = load(str(tmp_path / "cfg.yml"), {}, verify_only=True)
    told = [str(each) for each in loaded.warnings]
    assert [each for each in told if not any(words in each for words in OF_THE_MACHINE)] == []


@pytest.mark.parametrize("block", WHOLE)
@pytest.mark.usefixtures("restored_logging")
def test_a_file_that_a_page_shows_copies_to_each_destination(
    block, filled, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPOSYNC_LEDGER", "")
    document = as_layouts(block.text)
    for layout, names in sources(document).items():
        filled(tmp_path / layout, names)
    (tmp_path / "cfg.yml").write_text(json.dumps(document))
    assert call(["-c", "cfg.yml", "--no-progress"]) == 0, capsys.readouterr()
