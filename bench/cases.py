"""What is measured: workloads over links, plain or by TLS, and which of them unless told."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from bench import workloads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.workloads import Workload

TAGS: Final = (100, 1_000, 10_000)
REPOSITORIES: Final = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Link:
    """What lies between the tools and the registries; both registries are behind it."""

    rtt_ms: float = 0
    loss_pct: float = 0

    @property
    def is_direct(self) -> bool:
        """Whether nothing lies between."""
        return not (self.rtt_ms or self.loss_pct)

    def __str__(self) -> str:
        """Say it as a table does."""
        loss = f", {self.loss_pct:g} % loss" if self.loss_pct else ""
        return f"{self.rtt_ms:g} ms{loss}"


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison; ``curve`` and ``size`` say which point of which curve it is, if of any."""

    workload: Workload
    link: Link = Link()
    tls: bool = False
    curve: str = ""
    size: int = 0

    def scaled(self, factor: float) -> Case:
        """Return the same with more, or less, work."""
        return replace(self, workload=self.workload.scaled(factor))

    @property
    def floor(self) -> Literal["relay", "asker", "copier", ""]:
        """What the least is that could be done for it.

        That is to move the bytes, to ask for each tag, or to send what a copy cannot do without.
        """
        if self.workload.name == "big":
            return "relay" if self.link.is_direct else ""
        return "asker" if self.workload.is_done else "copier"

    def __str__(self) -> str:
        """Name it in one line."""
        transport = "TLS" if self.tls else "plain HTTP"
        return f"{self.workload.name}: {self.workload.summary} · {self.link} · {transport}"


def default() -> list[Case]:
    """Return what `make bench` measures unless told: about ten minutes."""
    distant = [Case(workloads.WORKLOADS[name], Link(rtt_ms=20)) for name in ("noop", "tiny")]
    return [*(Case(each) for each in workloads.WORKLOADS.values()), *distant]


def every() -> list[Case]:
    """Return all workloads over all links, plain and by TLS: hours."""
    links = [Link(), Link(20), Link(100), Link(20, 1)]
    return list(product(workloads.WORKLOADS, links, (False, True)))


def curves() -> list[Case]:
    """Return what is drawn against the number of tags, and of repositories."""
    tags = [Case(workloads.up_to_date(size), curve="tags", size=size) for size in TAGS]
    repositories = [
        Case(workloads.family(size), curve="repositories", size=size) for size in REPOSITORIES
    ]
    return [*tags, *repositories]


def product(
    names: Iterable[str], links: Sequence[Link], transports: Sequence[bool]
) -> Iterator[Case]:
    """Combine workloads by name with links, and plain HTTP or TLS."""
    for name, link, tls in itertools.product(names, links, transports):
        yield Case(workloads.WORKLOADS[name], link, tls)
