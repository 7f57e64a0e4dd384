"""dregsy's ``tags``: names, ranges and expressions add up, then ``keep`` lines narrow.

Names are never narrowed by expressions; ``keep: latest N`` limits versions, names among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.interop import lines
from reposync.interop.draft import Line
from reposync.interop.dregsy_names import anchored
from reposync.interop.expressions import Sieve, keep_line, takes_digest_tags
from reposync.interop.losses import gathered
from reposync.interop.versions import blang

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_WORD = re.compile(r"(?P<word>semver|regex|keep):(?P<rest>.*)", re.DOTALL)
_LATEST = re.compile(r"latest\s+(?P<count>[0-9]+)")
_ORDER = (
    "here the newest are chosen by reposync's order of versions, dates and builds such as "
    "20240101 are the oldest, and what is named or is no version is told apart otherwise"
)


def tag_lines(tags: NodeCursor, job: Import) -> list[Line]:
    """Read the list of a mapping.

    Raises:
        RefusalError: One of its entries cannot be kept.
    """
    entries = tags.items()
    latest = [entry for entry in entries if _count(entry) is not None]
    written = gathered(
        [entry for entry in entries if entry not in latest], lambda entry: _lines(entry, job)
    )
    found = [line for some in written for line in some]
    if latest:
        last = latest[-1]
        count = max(int(_count(last) or 0), 1)
        job.losses.lose(last.path, "dregsy counts the tags of `keep: latest` otherwise", _ORDER)
        found.append(Line(f"keep: latest {count}"))
    _report_digest_tags(entries, job)
    return found


def _lines(entry: NodeCursor, job: Import) -> list[Line]:
    text = entry.text()
    match = _WORD.fullmatch(text)
    if match is None:
        return [lines.named(entry, text)]
    if match["word"] == "semver":
        return lines.ranges(entry, match["rest"], blang, job)
    sieve = _sieve(entry)
    if match["word"] == "keep":
        return [Line(keep_line(sieve.expression, inverted=sieve.inverted))]
    return [Line(f"regex: {'!' if sieve.inverted else ''}{sieve.expression}")]


def _sieve(entry: NodeCursor) -> Sieve:
    text = entry.text().partition(":")[2].strip()
    written = lines.expression(entry, anchored(text.removeprefix("!")))
    return Sieve(written, inverted=text.startswith("!"))


def _count(entry: NodeCursor) -> str | None:
    text = entry.text()
    match = (
        _LATEST.fullmatch(text.removeprefix("keep:").strip()) if text.startswith("keep:") else None
    )
    return match["count"] if match else None


def _report_digest_tags(entries: list[NodeCursor], job: Import) -> None:
    words = [(entry.text().partition(":")[0], entry) for entry in entries]
    rules = [_sieve(entry) for word, entry in words if word == "regex"]
    keeps = [_sieve(entry) for word, entry in words if word == "keep" and _count(entry) is None]
    is_all = bool(entries) and all(word == "keep" for word, _ in words)
    if takes_digest_tags(None if is_all else rules, keeps):
        lines.report_digest_tags(entries[0].path[:-1], job)
