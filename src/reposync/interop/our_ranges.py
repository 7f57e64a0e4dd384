"""Our ranges of versions in the languages of other tools, which read versions otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop.refusals import refusal
from reposync.selection.version import LOWEST_PRE

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.config.finding import Path
    from reposync.selection.ranges import Alternative, Comparator
    from reposync.selection.selectors import Versions

_PARTS = 3
OTHERWISE = (
    "versions such as 1.2.3-alpine are pre-releases there, and pre-releases are left out by other "
    "rules"
)


def alternatives(
    selector: Versions, path: Path, write: Callable[[Comparator, Path], str], every: str
) -> list[str]:
    """Write each alternative of a range by *write*, with spaces between; *every* for ``*``.

    Raises:
        RefusalError: It says what cannot be said there.
    """
    return [_all(each, path, write) or every for each in selector.range.alternatives]


def blang(comparator: Comparator, path: Path) -> str:
    """Write one condition for dregsy."""
    numbers, pre = _known(comparator, path)
    if comparator.operator == "!=" and len(numbers) < _PARTS:
        raise refusal(path, "leaves out several versions by `!=`, which dregsy cannot")
    is_prefix = len(numbers) < _PARTS and comparator.operator not in {">=", "<"}
    if is_prefix:
        return f"{comparator.operator}{'.'.join(map(str, numbers))}.x"
    return f"{comparator.operator}{_padded(numbers)}{pre}"


def regclient(comparator: Comparator, path: Path) -> str:
    """Write one condition for regsync."""
    numbers, pre = _known(comparator, path)
    following = ".".join(map(str, (*numbers[:-1], numbers[-1] + 1)))
    written = ".".join(map(str, numbers))
    match comparator.operator:
        case "!=":
            raise refusal(path, "leaves out a version by `!=`, which regsync cannot")
        case "=" if not pre:
            return f">={written} <{following}"
        case "<=" if not pre:
            return f"<{following}"
        case ">" if not pre:
            return f">={following}"
    return f"{comparator.operator}{written}{pre}"


def masterminds(comparator: Comparator, path: Path) -> str:
    """Write one condition for skopeo."""
    numbers, pre = _known(comparator, path)
    written = _padded(numbers) if pre else ".".join(map(str, numbers))
    return f"{comparator.operator}{written}{pre}"


def _all(alternative: Alternative, path: Path, write: Callable[[Comparator, Path], str]) -> str:
    return " ".join(write(each, path) for each in alternative.comparators)


def _known(comparator: Comparator, path: Path) -> tuple[tuple[int, ...], str]:
    bound = comparator.bound
    if len(bound.release) > _PARTS:
        raise refusal(path, "names a version of more than three numbers")
    if bound.pre and bound.pre != (LOWEST_PRE,):
        raise refusal(path, "names a pre-release, whose order is another one there")
    return bound.release, "-0" if bound.pre else ""


def _padded(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, (*numbers, 0, 0)[:_PARTS]))
