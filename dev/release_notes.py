"""Print the section of the changelog for a tag: ``python -m dev.release_notes v0.2.0``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def section(changelog: str, version: str) -> str:
    """Return what *changelog* says of *version*, without its heading.

    Raises:
        LookupError: It has no section for it, or an empty one.
    """
    heading = rf"^## {re.escape(version)}(?: [^\n]*)?$"
    found = re.search(rf"{heading}\n(?P<text>.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    text = found["text"].strip() if found else ""
    if not text:
        raise LookupError(f"CHANGELOG.md says nothing of {version}")
    return f"{text}\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(section(_CHANGELOG.read_text("utf-8"), sys.argv[1].removeprefix("v")))
    except LookupError as error:
        sys.exit(str(error))
