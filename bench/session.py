"""A session: some cases, one after another, with what they share made once."""

from __future__ import annotations

import itertools
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from bench import certificates, content, workspace
from bench.copying import Ground, call
from bench.floor import programs
from bench.floor.relay import relay
from bench.network import network
from bench.processes import BenchError
from bench.registry import registry
from bench.results import CaseResult
from bench.rounds import compete
from bench.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from bench.cases import Case
    from bench.certificates import Certificates
    from bench.results import Measurement
    from bench.tools.tool import Tool

_ROOM: Final = 1.25  # so much more space than the bytes that are counted


@dataclass(frozen=True, slots=True)
class Session:
    """What is asked for, where it is done, and whom to tell."""

    tools: tuple[Tool, ...]
    with_floor: bool
    rounds: int
    limit_s: float
    folder: Path
    say: Callable[[str], None]

    def measure(self, cases: Sequence[Case]) -> Generator[CaseResult]:
        """Measure *cases*, those of the same images together; give each when it is done.

        A case that this machine cannot do is told of and left out.
        """
        shapes = list(dict.fromkeys(case.workload.shape for case in cases))
        ordered = sorted(cases, key=lambda case: shapes.index(case.workload.shape))
        signed = certificates.make(self.folder / "tls") if any(c.tls for c in cases) else None
        for shape, group in itertools.groupby(ordered, key=lambda case: case.workload.shape):
            fitting = [case for case in group if self._fits(case)]
            if not fitting:
                continue
            store = Store(self.folder / "source")
            self.say(f"filling a source with {shape.images:,} images")
            catalogue = content.fill(store, shape)
            for case in fitting:
                self.say(f"{case}")
                try:
                    yield self._measured(case, store, catalogue, signed if case.tls else None)
                except BenchError as error:
                    self.say(f"  left out: {error}")
            shutil.rmtree(store.folder)

    def _fits(self, case: Case) -> bool:
        needed = round(case.workload.store_bytes * _ROOM)
        free = workspace.free_bytes(self.folder)
        if needed > free:
            self.say(f"{case}\n  left out: it needs {_gib(needed)}; {self.folder} has {_gib(free)}")
        return needed <= free

    def _measured(
        self,
        case: Case,
        store: Store,
        catalogue: Mapping[str, Mapping[str, str]],
        signed: Certificates | None,
    ) -> CaseResult:
        with ExitStack() as stack:
            between = stack.enter_context(network(case.link))
            source = stack.enter_context(registry(store, between, signed))
            ground = Ground(case, source, catalogue, between, signed, self.folder, self.limit_s)
            contenders: dict[str, Callable[[], Measurement]] = {
                tool.name: partial(call, tool, ground) for tool in self.tools
            }
            if self.with_floor:
                contenders |= self._floor(ground, stack)
            took = compete(contenders, self.rounds, self.say)
        return CaseResult(
            workload=case.workload.name,
            summary=case.workload.summary,
            images=case.workload.shape.images,
            rtt_ms=case.link.rtt_ms,
            loss_pct=case.link.loss_pct,
            tls=case.tls,
            tools=took,
            curve=case.curve,
            size=case.size,
            note="" if between.proxied_rtt_ms is None else "delayed by a proxy, not by a link",
        )

    def _floor(self, ground: Ground, stack: ExitStack) -> dict[str, Callable[[], Measurement]]:
        """Return what measures the floor of a case.

        Nothing where it has none, or none can be had.
        """
        case, folder, store = ground.case, self.folder / "floor", ground.source.store
        try:
            match case.floor:
                case "relay":
                    blobs, signed = store.blobs(), ground.certificates
                    once = stack.enter_context(relay(blobs, folder, self.limit_s, signed))
                    return {programs.NAME: once}
                case "asker":
                    return {programs.NAME: partial(call, programs.asker(folder), ground)}
                case "copier":
                    return {programs.NAME: partial(call, programs.copier(folder, store), ground)}
        except BenchError as error:
            self.say(f"  {error}")
        return {}


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 2**30:.1f} GiB"
