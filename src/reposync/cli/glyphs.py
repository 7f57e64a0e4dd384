"""Signs that not every terminal can show, and what stands in for them."""

from __future__ import annotations

from msgspec import Struct

from reposync.report.shortening import ELLIPSIS


class Glyphs(Struct, frozen=True):
    """The signs of bars and shortened names."""

    done: str = "━"
    left: str = "─"
    ellipsis: str = ELLIPSIS


def glyphs(encoding: str) -> Glyphs:
    """Return those that a terminal of *encoding* can show."""
    signs = Glyphs()
    try:
        f"{signs.done}{signs.left}{signs.ellipsis}".encode(encoding)
    except UnicodeEncodeError:
        return Glyphs("#", "-", "...")
    return signs
