"""Progress in words: the same phrases on a terminal and in log lines.

A total that may still grow is "at least", and so is the time that follows from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.report.units import binary_size, count, whole_duration

if TYPE_CHECKING:
    from reposync.cli.progress.values import Progress

_IDLE_FROM_S = 10.0
"""From here on it is worth saying that nothing moves."""


def sentence(progress: Progress) -> str:
    """Write all of it on one line, for a log."""
    parts = [f"{images(progress)} images", *trouble(progress)]
    if progress.total_bytes:
        parts.append(f"{bytes_sent(progress)} {progress.verb}")
    return ", ".join([*parts, *concurrency(progress), *found(progress)])


def images(progress: Progress) -> str:
    """Return how many images have ended, of how many: ``12 of at least 40``."""
    selected = str(progress.images_selected)
    if progress.stages_undecided:
        selected = f"at least {selected}"
    return f"{progress.images_ended} of {selected}"


def bytes_sent(progress: Progress) -> str:
    """Return how many bytes were sent, of how many: ``1.2 GiB of at least 3.4 GiB``."""
    total = binary_size(progress.total_bytes)
    return f"{binary_size(progress.sent_bytes)} of {total if progress.is_final else _least(total)}"


def trouble(progress: Progress) -> list[str]:
    """Return what failed, if anything did."""
    return [f"{progress.failed} failed"] if progress.failed else []


def to_come(progress: Progress) -> list[str]:
    """Return how many stages do not know their images yet, if any."""
    undecided = progress.stages_undecided
    return [f"{count(undecided, 'stage')} to come"] if undecided else []


def found(progress: Progress) -> list[str]:
    """Return what was needed at destinations and found there, if anything was."""
    return [f"{binary_size(progress.found_bytes)} already there"] if progress.found_bytes else []


def concurrency(progress: Progress) -> list[str]:
    """Return how fast it goes and how long it will take, as far as either is known."""
    if progress.idle_s >= _IDLE_FROM_S:
        return [f"nothing has moved for {whole_duration(progress.idle_s)}"]
    parts = []
    if progress.bytes_per_second:
        parts.append(speed(progress.bytes_per_second))
    if progress.eta_s is not None:
        left = whole_duration(progress.eta_s)
        parts.append(f"{f'about {left}' if progress.is_final else _least(left)} left")
    return parts


def speed(bytes_per_second: float) -> str:
    """Return how fast bytes are sent: ``24.1 MiB/s``."""
    return f"{binary_size(bytes_per_second)}/s"


def _least(amount: str) -> str:
    return f"at least {amount}"
