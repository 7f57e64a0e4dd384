"""The shape of JUnit XML, as Jenkins' schema (junit-10.xsd) has it, checked by hand.

Stricter than that in what it does not say: the counts must be right, as GitLab and others use them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COUNT = re.compile(r"\d+")
_SECONDS = re.compile(r"\d+\.\d{3}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_ANY = re.compile(r".*")
_SOMETHING = re.compile(r".+")


@dataclass(frozen=True)
class Shape:
    """The attributes that an element must have, and how often each child may be in it."""

    attributes: dict[str, re.Pattern[str]]
    children: dict[str, int | None]


SHAPES = {
    "testsuites": Shape(
        {
            "name": _SOMETHING,
            "tests": _COUNT,
            "failures": _COUNT,
            "errors": _COUNT,
            "time": _SECONDS,
        },
        {"testsuite": None},
    ),
    "testsuite": Shape(
        {
            "name": _SOMETHING,
            "tests": _COUNT,
            "failures": _COUNT,
            "errors": _COUNT,
            "skipped": _COUNT,
            "time": _SECONDS,
            "timestamp": _MOMENT,
        },
        {"testcase": None},
    ),
    "testcase": Shape(
        {"classname": _SOMETHING, "name": _SOMETHING, "time": _SECONDS},
        {"skipped": 1, "error": 1, "failure": 1},
    ),
    "skipped": Shape({"message": _ANY}, {}),
    "error": Shape({"type": _SOMETHING, "message": _ANY}, {}),
    "failure": Shape({"type": _SOMETHING, "message": _ANY}, {}),
}


def parsed(text: str) -> ET.Element:
    """Read *text*, and make sure that it has the shape."""
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        _check(element)
    for suite in root:
        assert _counted(suite, ("tests", "failures", "errors", "skipped")) == _true_counts(suite)
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)
    return root


def cases(root: ET.Element) -> Iterator[tuple[str, str, ET.Element | None]]:
    """Return each case: its suite, its name, and what is said of it."""
    for suite in root:
        for case in suite:
            yield suite.attrib["name"], case.attrib["name"], next(iter(case), None)


def _check(element: ET.Element) -> None:
    shape = SHAPES[element.tag]
    assert set(element.attrib) == set(shape.attributes)
    for name, pattern in shape.attributes.items():
        assert pattern.fullmatch(element.attrib[name]), (element.tag, name)
    tags = [child.tag for child in element]
    assert set(tags) <= set(shape.children)
    for tag, most in shape.children.items():
        assert most is None or tags.count(tag) <= most


def _counted(suite: ET.Element, names: tuple[str, ...]) -> list[int]:
    return [int(suite.attrib[name]) for name in names]


def _true_counts(suite: ET.Element) -> list[int]:
    having: Callable[[str], int] = lambda tag: len(suite.findall(f"testcase/{tag}"))  # noqa: E731
    return [len(suite), having("failure"), having("error"), having("skipped")]
