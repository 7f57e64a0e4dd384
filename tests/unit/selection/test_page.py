"""What docs/reference/selecting.md says of tags, versions, repositories and templates is so."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.selection.tables import lines_of_examples, rows

from reposync.errors import InvalidReferenceError
from reposync.selection.choose import Image, choose
from reposync.selection.explain import explain
from reposync.selection.naming import destination_tag, groups_of
from reposync.selection.parsing import parse
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.tag_template import parse_tag_template
from reposync.selection.template import parse_template

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}
LINES = rows("Lines", "Of these tags")
AGES = [row for row in LINES if re.search(r"=\d+[hdy]", row.text)]
TABLE = [row for row in LINES if row not in AGES]
PATTERNS = rows("Pattern", "Of these repositories")
TEMPLATES = rows("Template", "Source")
TAG_TEMPLATES = rows("Template of tags", "Lines")


def each(found):
    return [pytest.param(row, id=row.text) for row in found]


def shown(image: Image) -> str:
    return image.name if image.name == image.tag or not image.tag else f"{image.tag}@{image.name}"


def created(age: str) -> datetime | None:
    return None if age == "?" else NOW - timedelta(hours=int(age[:-1]) * HOURS[age[-1]])


@pytest.mark.parametrize("row", each(TABLE))
def test_lines_mean_the_tags_that_the_page_says(row):
    selectors = [parse(line) for line in row.cells[0]]

    images = choose(selectors, row.names(1))

    assert sorted(map(shown, images)) == sorted(row.names(2))


@pytest.mark.parametrize("row", each(TABLE))
def test_an_explanation_says_what_the_page_says(row):
    selectors = [parse(line) for line in row.cells[0]]
    meant = {name.partition("@")[0] for name in row.names(2)}

    for tag in {*row.names(1), *meant}:
        assert explain(selectors, row.names(1), tag).taken is (tag in meant)


@pytest.mark.parametrize("row", each(AGES))
def test_ages_leave_what_the_page_says(row):
    selectors = [parse(line) for line in row.cells[0]]
    ages = dict(name.split("=") for name in row.names(1))
    times = {tag: created(age) for tag, age in ages.items()}

    images = choose(selectors, ages, created=times, now=NOW)

    assert sorted(map(shown, images)) == sorted(row.names(2))


@pytest.mark.parametrize("row", each(PATTERNS))
def test_a_pattern_means_the_repositories_that_the_page_says(row):
    pattern = parse_repository_pattern(row.cells[0][0])

    assert [name for name in row.names(1) if pattern.match(name) is not None] == row.names(2)


@pytest.mark.parametrize("row", each(TEMPLATES))
def test_a_template_gives_the_name_that_the_page_says(row):
    (text,), (source,), (pattern_text,), (name,) = row.cells
    pattern = parse_repository_pattern(pattern_text)
    template = parse_template(text, pattern.groups)

    assert template.fill(source, pattern.match(source)) == name


@pytest.mark.parametrize("row", each(TAG_TEMPLATES))
def test_a_template_of_tags_gives_the_name_that_the_page_says(row):
    (text,), lines, (tag,), names = row.cells
    selectors = [parse(line) for line in lines]
    template = parse_tag_template(text, groups_of(selectors))
    (image,) = [image for image in choose(selectors, [tag]) if image.tag == tag]
    if names:
        assert destination_tag(template, selectors, image) == names[0]
    else:
        with pytest.raises(InvalidReferenceError):
            destination_tag(template, selectors, image)


@pytest.mark.parametrize("line", lines_of_examples())
def test_a_line_of_an_example_can_be_read(line):
    assert parse(line).text == line


def test_no_table_of_the_page_is_lost():
    assert len(TABLE) > 100
    assert len(AGES) > 5
    assert len(PATTERNS) > 10
    assert len(TEMPLATES) > 4
    assert len(TAG_TEMPLATES) > 10
