"""A frame: progress as lines of a terminal, in the size that it has now.

Pure. No line is wider than asked, and none is broken: what does not fit is shortened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from rich.text import Text

from reposync.cli.progress import words
from reposync.oci.error_code import printable
from reposync.report.shortening import shortened
from reposync.report.units import binary_size, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.cli.glyphs import Glyphs
    from reposync.cli.progress.values import Progress, Stage, Transfer
    from reposync.oci.reference import Reference

_GAP = "  "
_LEAST_BAR, _WIDEST_BAR = 8, 40
_LEAST_NAME = 16
_DIGEST = 12
_AMOUNT = len("1023 MiB of 1023 MiB")
_SPEED = len("1023 KiB/s")


class _Total(Struct, frozen=True):
    """A line with a bar; ``trouble`` is the part of its text that is no good news."""

    label: str
    done: int
    of: int
    text: str
    trouble: str = ""


def frame(progress: Progress, width: int, height: int, signs: Glyphs) -> list[Text]:
    """Draw *progress* in at most *height* lines of at most *width* cells.

    Totals come first, then stages where there are several, then transfers. These two share what
    the totals leave; a last line counts what has no room.
    """
    stages = progress.stages if progress.stage_count > 1 else ()
    room = max(height - len(_totals(progress)) - 2, 0)
    stages_shown = stages[: max(room // 3, room - len(progress.transfers))]
    transfers = progress.transfers[: room - len(stages_shown)]
    totals = [*_totals(progress), *map(_stage, stages_shown)]
    lines = [
        *_lines_of_totals(totals, width, signs),
        Text(_remarks(progress)),
        *_lines_of_transfers(transfers, width, signs),
        Text(_more(len(stages) - len(stages_shown), len(progress.transfers) - len(transfers))),
    ]
    lines = [line for line in lines if line][:height]
    for line in lines:
        line.truncate(width, overflow="crop")
    return lines


def _totals(progress: Progress) -> list[_Total]:
    trouble = "".join(f", {each}" for each in words.trouble(progress))
    ended, selected = progress.images_ended, progress.images_selected
    totals = [_Total("images", ended, selected, words.images(progress), trouble)]
    if progress.total_bytes:
        sent, total = progress.sent_bytes, progress.total_bytes
        totals.append(_Total(progress.verb, sent, total, words.bytes_sent(progress)))
    return totals


def _stage(stage: Stage) -> _Total:
    bound = "" if stage.is_decided else "at least "
    text = f"{stage.ended} of {bound}{stage.selected}"
    return _Total(printable(stage.name), stage.ended, stage.selected, text)


def _remarks(progress: Progress) -> str:
    parts = [*words.concurrency(progress), *words.to_come(progress), *words.found(progress)]
    return ", ".join(parts)


def _more(stages: int, transfers: int) -> str:
    hidden = ((stages, "more stage"), (transfers, "more blob"))
    listed = ", ".join(count(number, noun) for number, noun in hidden if number)
    return f"and {listed}" if listed else ""


def _lines_of_totals(totals: Sequence[_Total], width: int, signs: Glyphs) -> list[Text]:
    name_width = min(max(len(total.label) for total in totals), width // 3)
    text_width = max(len(total.text + total.trouble) for total in totals)
    bar_width = min(width // 4, width - name_width - text_width - 2 * len(_GAP), _WIDEST_BAR)
    return [
        Text.assemble(
            shortened(total.label, name_width, signs.ellipsis).ljust(name_width) + _GAP,
            *_bar(total.done, total.of, bar_width, signs),
            total.text,
            (total.trouble, "red"),
        )
        for total in totals
    ]


def _lines_of_transfers(transfers: Sequence[Transfer], width: int, signs: Glyphs) -> list[Text]:
    several = max((len(_places(each)) for each in transfers), default=0)
    fixed = _AMOUNT + several + _SPEED + 2 * len(_GAP)
    digest_width = _DIGEST if width - fixed - _DIGEST - len(_GAP) >= _LEAST_NAME else 0
    fixed += digest_width + bool(digest_width) * len(_GAP)
    names = _names([each.image for each in transfers], max(width - fixed, 1), signs)
    name_width = max(map(len, names), default=0)
    bar_width = min(width - fixed - name_width - len(_GAP), _WIDEST_BAR)
    return [
        Text.assemble(
            name.ljust(name_width) + _GAP,
            (_digest(each) + _GAP if digest_width else "", "dim"),
            *_bar(each.sent_bytes, each.total_bytes, bar_width, signs),
            (_amount(each) + _places(each)).rjust(_AMOUNT + several) + _GAP,
            _speed(each).rjust(_SPEED),
        )
        for name, each in zip(names, transfers, strict=True)
    ]


def _names(images: Sequence[Reference], width: int, signs: Glyphs) -> list[str]:
    """Name images in at most *width* cells: without their registries where these do not fit."""
    names = [printable(str(image)) for image in images]
    if max(map(len, names), default=0) > width:
        names = [printable(str(image).removeprefix(image.registry)[1:]) for image in images]
    return [shortened(name, width, signs.ellipsis) for name in names]


def _digest(transfer: Transfer) -> str:
    return transfer.digest.short.rpartition(":")[2]


def _amount(transfer: Transfer) -> str:
    return f"{binary_size(transfer.sent_bytes)} of {binary_size(transfer.total_bytes)}"


def _places(transfer: Transfer) -> str:
    return f" to {transfer.places}" if transfer.places > 1 else ""


def _speed(transfer: Transfer) -> str:
    """Return its speed; what was sent whole still waits for the destination's answer."""
    is_sent = transfer.sent_bytes >= transfer.total_bytes
    return "finishing" if is_sent else words.speed(transfer.bytes_per_second)


def _bar(done: int, total: int, width: int, signs: Glyphs) -> list[tuple[str, str]]:
    """Return a bar and the gap after it; nothing where there is no room for one."""
    if width < _LEAST_BAR:
        return []
    full = min(width * done // total, width) if total else 0
    return [(signs.done * full, "green"), (signs.left * (width - full), "dim"), (_GAP, "")]
