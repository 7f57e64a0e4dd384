"""Links: what a page leads to is there, and every page can be reached. Nothing is fetched."""

from __future__ import annotations

import re
import tomllib

import pytest
from tests.development import ROOT
from tests.e2e.pages import PAGES

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def prose(page):
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page):
    """The anchors of a page's headings, by the rule of GitHub, which the site shares."""
    headings = (re.sub(r"\]\([^)]*\)", "]", each) for each in HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def is_broken(page, link):
    path, _, anchor = link.partition("#")
    to = (page.parent / path).resolve() if path else page
    if not to.exists():
        return True
    return bool(anchor) and anchor not in anchors(to)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_link_within_the_project_leads_to_something(page):
    inside = [link for link in LINK.findall(prose(page)) if "://" not in link]
    assert [link for link in inside if is_broken(page, link)] == []


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("tutorial/first-sync.md", False),
        ("tutorial/first-sync.md#1-start-the-registries", False),
        ("reference/configuration.md#stagesto", False),
        ("no.md", True),
        ("tutorial/first-sync.md#nothing", True),
        ("#nothing", True),
    ],
)
def test_a_broken_link_is_found(link, broken):
    assert is_broken(DOCS / "index.md", link) is broken


def test_the_pages_lead_to_nothing_outside_the_documentation():
    """The site holds docs/ alone; README and CONTRIBUTING lead to it from outside."""
    links = [(page, link) for page in DOCS.rglob("*.md") for link in LINK.findall(prose(page))]
    inside = [(page, link.partition("#")[0]) for page, link in links if "://" not in link]
    outside = [
        f"{page.name}: {link}"
        for page, link in inside
        if not (page.parent / link).resolve().is_relative_to(DOCS)
    ]
    assert outside == []


def test_every_page_can_be_reached_from_the_navigation():
    def pages(entries):
        for entry in entries:
            for value in entry.values():
                yield from [value] if isinstance(value, str) else pages(value)

    settings = tomllib.loads((ROOT / "zensical.toml").read_text())
    reached = sorted(pages(settings["project"]["nav"]))
    assert reached == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def linked_from(page):
    links = {link.partition("#")[0] for link in LINK.findall(prose(page))}
    return {(page.parent / link).resolve() for link in links}


def test_every_page_but_decisions_is_linked_from_the_first_page():
    wanted = {each for each in DOCS.rglob("*.md") if "adr" not in each.parts}
    assert wanted - linked_from(DOCS / "index.md") == {DOCS / "index.md"}


def test_the_readme_leads_to_the_first_page_of_the_documentation():
    assert DOCS / "index.md" in linked_from(ROOT / "README.md")
