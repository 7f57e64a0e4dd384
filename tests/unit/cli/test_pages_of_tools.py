"""The pages on other tools: what they show is what the command reads, writes and tells."""

from __future__ import annotations

import re
import shlex

import pytest
from tests.development import ROOT

from reposync.cli.main import call

MIGRATE = ROOT / "docs" / "how-to" / "migrate"
PAGES = sorted([*MIGRATE.glob("from-*.md"), MIGRATE / "export.md"])
FILE = re.compile(r"^`(\S+)`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = re.compile(r"^It writes `(\S+)`:\n\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^```bash\nrun-reposync (.*?)\n```$", re.MULTILINE)
TOLD = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_of_a_page_is_what_the_command_does(page, workplace, capsys):
    text = page.read_text()
    for name, content in FILE.findall(text):
        (workplace / name).write_text(content)
    (name, written), (told,) = WRITTEN.findall(text)[0], TOLD.findall(text)
    assert call(shlex.split(CALL.findall(text)[0])) == 0
    assert capsys.readouterr().err == told
    assert (workplace / name).read_text() == written


def test_there_is_a_page_for_each_tool():
    tools = {"dregsy", "regsync", "image-syncer", "skopeo"}
    assert {f"from-{tool}" for tool in tools} | {"export"} == {page.stem for page in PAGES}
