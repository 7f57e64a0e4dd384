"""Figures of hosts: what was exchanged with each, and the pulls that it still allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping


class HostFigures(Struct, frozen=True):
    """What was exchanged with one host in a run.

    ``answers`` are requests that were answered, by method and status. Bytes are those of bodies.
    ``pulls_left`` is None for a host that does not count them.
    """

    host: str
    answers: Mapping[tuple[str, int], int] = field(default_factory=dict)
    read_bytes: int = 0
    written_bytes: int = 0
    pulls_left: int | None = None
