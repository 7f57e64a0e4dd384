"""The files that the documentation shows: each one is right."""

from __future__ import annotations

import re

import pytest
from tests.development import ROOT

from reposync.config.load import load

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILE = re.compile(r"^```yaml\n(registries:.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, text in enumerate(FILE.findall(page.read_text()))
    if "\nstages:" in text
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_file_that_a_page_shows_is_right(text, tmp_path):
    file = tmp_path / "cfg.yml"
    file.write_text(text)

    loaded = load(str(file), {}, verify_only=True)

    assert all("is not set" in str(warning) for warning in loaded.warnings)


def test_the_example_of_the_development_registries_needs_just_what_env_example_sets():
    lines = (ROOT / ".env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    loaded = load(str(ROOT / "dev" / "dev-sync-cfg.yml"), environ, verify_only=False)

    named = {
        variable
        for registry in loaded.config.registries.values()
        for variable in (registry.env_user, registry.env_password)
    }
    assert named == set(environ)
