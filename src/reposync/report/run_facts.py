"""Facts of a run that are no events: the stages of its file, and figures of the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reposync.report.host_figures import HostFigures


def _no_hosts() -> Sequence[HostFigures]:
    return ()


class RunFacts(Struct, frozen=True):
    """What reports can say besides what happened.

    ``file_stages`` are all stages of the file, ``run_stages`` those that this run is for. Where
    ``is_partial``, only some images of these are meant. ``hosts`` gives the figures up to now.
    """

    file_stages: tuple[str, ...] = ()
    run_stages: tuple[str, ...] = ()
    is_partial: bool = False
    hosts: Callable[[], Sequence[HostFigures]] = _no_hosts
