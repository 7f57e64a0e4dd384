"""Every message that docs/troubleshooting/error-messages.md quotes is one that the code has."""

from __future__ import annotations

import ast
import re

import pytest
from tests.development import ROOT

PAGE = (ROOT / "docs/troubleshooting/error-messages.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
# What stands for names on the page, or is filled in where the code makes the message.
NAMES = (
    *("tag TAG", "HOST", "NAME", "PATH", "REPOSITORY", "NN"),
    *("text/html", "a manifest", "413", "403 Forbidden"),
)
HOLE = "\0"


def templates():
    """Return every text of the sources, with a hole where something is filled in."""
    for file in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (
                    str(each.value) if isinstance(each, ast.Constant) else HOLE
                    for each in node.values
                )
                yield re.sub(f"{HOLE}+", HOLE, "".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


TEMPLATES = [*templates()]


def with_holes(message):
    pattern = "|".join(map(re.escape, sorted(NAMES, key=len, reverse=True)))
    return re.sub(pattern, HOLE, message)


def test_the_page_quotes_messages():
    assert len(QUOTED) > 15
    assert len(set(QUOTED)) == len(QUOTED)


@pytest.mark.parametrize("message", QUOTED)
def test_a_message_on_the_page_is_in_the_code(message):
    wanted = with_holes(message)
    assert [text for text in TEMPLATES if wanted in text], f"no such message: {message}"
