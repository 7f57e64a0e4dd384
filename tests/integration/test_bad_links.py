"""Real registries behind a real link that is cut, loses packets, or breaks lines in between."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from tests import images
from tests.servers.docker_registry import docker_registry
from tests.servers.namespaces import far_end
from tests.servers.reader import Reader

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy import meter
from reposync.copy.events import BytesSent
from reposync.copy.outcome import Outcome, Status
from reposync.report.failure_kind import FailureKind
from reposync.report.summary import SummaryBuilder
from reposync.retry import RetryPolicy
from reposync.sync.events import ImageEnded
from reposync.wiring import trust
from reposync.wiring.run import sync


@pytest.fixture
def end():
    with far_end() as opened:
        yield opened


@pytest.fixture
def far(end, tmp_path):
    """Run a registry at the far end of a link."""
    with docker_registry(tmp_path, end=end) as registry:
        yield registry


def port(registry):
    return registry.host.rpartition(":")[2]


def fill(registry, name, count, **kind):
    graphs = {f"v{n}": images.image(f"{name} {n}", **kind) for n in range(count)}
    for tag, graph in graphs.items():
        images.push_graph(registry.url, name, graph, tag)
    return graphs


async def copied(source, destination, name, listener=lambda _: None):
    """Copy all of *name* and give the summary, and how each image ended by its tag."""
    outcomes: dict[str, Outcome] = {}
    summary = SummaryBuilder()

    def hear(event):
        summary(event)
        listener(event)
        if isinstance(event, ImageEnded):
            outcomes.update((one.destination.tag, one) for one in event.outcomes)

    named = {
        key: Registry(url=each.host, skip_tls_verify=True)
        for key, each in {"source": source, "destination": destination}.items()
    }
    rules = (Rule(destination="destination", repository=name),)
    stage = Stage(source=Source(source="source", repository=name), rules=rules)
    config = Config(registries=named, stages=(stage,))
    await sync(config, {}, parallel_sync_tasks=20, listener=hear)
    return summary.build(), outcomes


async def assert_whole(registry, name, graphs):
    reader = Reader(registry.url, name)
    for tag, graph in graphs.items():
        family = await asyncio.to_thread(reader.family, tag)
        assert family[graph.digest] == graph.root.content


class Cutter:
    """Cuts a link when some bytes have passed, and mends it after *seconds*."""

    def __init__(self, end, after_bytes, seconds):
        self._end = end
        self._left_bytes = after_bytes
        self._seconds = seconds
        self.mending: asyncio.Task[None] | None = None

    def __call__(self, event):
        if isinstance(event, BytesSent):
            self._left_bytes -= event.count
            if self._left_bytes < 0 and self.mending is None:
                self._end.cut()
                self.mending = asyncio.create_task(self._mend())

    async def _mend(self):
        await asyncio.sleep(self._seconds)  # it is away for so long
        await asyncio.to_thread(self._end.mend)


@pytest.mark.parametrize("side", ["source", "destination"])
async def test_a_link_that_is_down_for_a_while_costs_a_run_nothing_but_time(
    plain_registry, end, far, name, side, monkeypatch
):
    monkeypatch.setattr(meter, "PERIOD_S", 0)  # each chunk is a report: the cut comes midway
    here, there = (far, plain_registry) if side == "source" else (plain_registry, far)
    graphs = fill(here, name, 4, layers=1, layer_bytes=6_000_000)
    cutter = Cutter(end, 8_000_000, 10 if side == "destination" else 3)
    summary, _ = await copied(here, there, name, cutter)
    assert cutter.mending is not None
    await cutter.mending
    assert not summary.failures
    await assert_whole(there, name, graphs)


async def test_packets_that_are_lost_are_no_failure(plain_registry, end, far, name):
    graphs = fill(plain_registry, name, 5, layer_bytes=300_000)
    end.spoil(f"tcp dport {port(far)} numgen random mod 100 < 4 counter drop")
    summary, _ = await copied(plain_registry, far, name)
    assert not summary.failures
    assert end.spoilt()
    await assert_whole(far, name, graphs)


async def test_lines_that_are_reset_now_and_then_are_no_failure(plain_registry, end, far, name):
    graphs = fill(plain_registry, name, 10, layer_bytes=300_000)
    every = "numgen inc mod 60 == 59 counter reject with tcp reset"
    end.spoil(f"tcp dport {port(far)} {every}")
    summary, _ = await copied(plain_registry, far, name)
    assert not summary.failures
    assert end.spoilt()
    end.spoil()
    await assert_whole(far, name, graphs)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("drop", "did not accept a connection within"),
        ("reject with icmp host-unreachable", "cannot be reached (no route to host)"),
    ],
    ids=["silent", "unreachable"],
)
async def test_a_registry_that_cannot_be_reached_is_given_up_once_for_all_images(
    plain_registry, end, far, name, monkeypatch, verdict, said
):
    monkeypatch.setattr(trust, "CONNECT_TIMEOUT_S", 0.3)
    monkeypatch.setattr(trust, "RetryPolicy", partial(RetryPolicy, first_wait_s=0.05))
    graphs = fill(plain_registry, name, 20, layers=1)
    end.spoil(f"tcp dport {port(far)} tcp flags syn counter {verdict}")
    summary, outcomes = await copied(plain_registry, far, name)
    assert {one.status for one in outcomes.values()} == {Status.FAILED}
    assert len(outcomes) == len(graphs)
    for failure in summary.failures:
        assert f"{far.host} {said}" in failure.sentence
        assert failure.kind is FailureKind.UNREACHABLE
    assert end.spoilt() < len(graphs)
