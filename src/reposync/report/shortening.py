"""Long names in little room: the middle goes, since both ends tell names apart."""

from __future__ import annotations

ELLIPSIS = "…"


def shortened(text: str, width: int, ellipsis: str = ELLIPSIS) -> str:
    """Return *text* in at most *width* characters, *ellipsis* in the place of what is cut out."""
    if len(text) <= width:
        return text
    kept = max(width - len(ellipsis), 0)
    head = kept // 2
    tail = kept - head
    return (text[:head] + ellipsis + text[len(text) - tail :])[:width]
