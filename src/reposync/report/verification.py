"""A verification as plain text: what is right is counted, every difference is a row.

Rows are grouped by stage and destination; what differs alike at several tags of a repository is one
row. In a given width long names lose their middle; without one nothing is shortened.
"""

from __future__ import annotations

import re
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from reposync.oci.error_code import printable
from reposync.report.shortening import shortened
from reposync.report.units import count
from reposync.verify.findings import Kind
from reposync.verify.result import DIFFERENT, KEPT, LEFT_OUT, RIGHT, UNCHECKED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.oci.reference import Reference
    from reposync.verify.findings import Difference, Unchecked
    from reposync.verify.result import Tally, Verification

_WIDTH = 80
_COLUMNS = (RIGHT, KEPT, LEFT_OUT, DIFFERENT, UNCHECKED)
_KIND_WIDTH = max(map(len, Kind))
_HINTS = {
    "hint: a run copies what is missing: run-reposync -c FILE": {
        Kind.MISSING_TAG,
        Kind.OTHER_DIGEST,
        Kind.MISSING_REFERRER,
    },
    "hint: a run looks for new referrers of the images below an index only with "
    "`referrers: {late: all}`": {Kind.MISSING_REFERRER},
    "hint: a run does not look below a tag that is up to date: delete the tag at the destination, "
    "then run again": {Kind.MISSING_MANIFEST, Kind.MISSING_BLOB},
    "hint: the storage of the registry is damaged: remove the wrong file there, delete the tag, "
    "then run again": {Kind.WRONG_LENGTH, Kind.WRONG_BYTES},
}


def render_verification(result: Verification, width: int | None = None) -> str:
    """Write *result*, with a newline at the end."""
    rows: dict[tuple[str, str], list[Difference]] = {}
    for each in result.differences:
        rows.setdefault((each.stage, each.destination.name), []).append(each)
    table = []
    for stage, of_stage in groupby(result.tallies, key=lambda tally: tally.stage):
        table.append(printable(stage))
        for tally in of_stage:
            table += _repository(tally, rows.get((stage, tally.destination), []), width)
    blocks = [table, _unchecked(result.unchecked), [*_hints(result), *_wrapped(_closing(result))]]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _repository(tally: Tally, rows: Iterable[Difference], width: int | None) -> list[str]:
    counts = ", ".join(f"{tally.counts[one]} {one}" for one in _COLUMNS if tally.counts[one])
    room = None if width is None else width - len(counts) - 4
    lines = [f"  {_fitted(printable(tally.destination), room)}: {counts}"]
    alike: dict[tuple[Kind, str], list[str]] = {}
    for each in rows:
        names = alike.setdefault((each.kind, each.digest.short), [])
        names.append(_name(each.destination))
    for (kind, digest), names in alike.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        head = f"    {kind.ljust(_KIND_WIDTH)}  {digest}  "
        room = None if width is None else width - len(head) - len(more)
        lines.append(f"{head}{_fitted(names[0], room)}{more}")
    return lines


def _unchecked(unchecked: Sequence[Unchecked]) -> list[str]:
    """Return what could not be checked; one cause in a repository is one entry."""
    alike: dict[tuple[str, str], list[Unchecked]] = {}
    for each in unchecked:
        name = re.escape(_name(each.destination))
        cause = re.sub(rf"(?<=[/:]){name}(?![\w.-])", "", each.reason)  # as in a URL
        alike.setdefault((each.destination.name, cause), []).append(each)
    lines = []
    for first, *others in alike.values():
        more = f" and {len(others)} more" if others else ""
        lines += _wrapped(f"unchecked: {first.destination}{more}: {first.reason}")
    return lines


def _hints(result: Verification) -> list[str]:
    found = {each.kind for each in result.differences}
    return [line for hint, kinds in _HINTS.items() if found & kinds for line in _wrapped(hint)]


def _closing(result: Verification) -> str:
    counts = {one: sum(tally.counts[one] for tally in result.tallies) for one in _COLUMNS}
    checked = sum(counts.values())
    parts = [count(len(result.differences), "difference")]
    if result.unchecked:
        parts.append(f"{len(result.unchecked)} unchecked")
    parts.append(f"{counts[RIGHT]} of {count(checked, 'image')} right")
    parts += [f"{counts[one]} {one}" for one in (KEPT, LEFT_OUT) if counts[one]]
    share = result.share
    of_all = f", share {share.index} of {share.count}" if share.count > 1 else ""
    return f"{', '.join(parts)} (depth {result.depth}{of_all})"


def _name(destination: Reference) -> str:
    return destination.tag or str(destination.digest or destination.name)


def _fitted(text: str, room: int | None) -> str:
    return text if room is None else shortened(text, room)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
