"""Whole runs against a registry that fails now and then: each ends whole, or with one sentence."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    Answer,
    CorruptResponse,
    CutAnswer,
    CutRequest,
    CutResponse,
    DropUpload,
    FakeRegistry,
    Fault,
)

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.report.summary import SummaryBuilder
from reposync.wiring import run as wiring

GRAPH = images.image("x", layer_bytes=200_000)


async def sync(source: FakeRegistry, there: FakeRegistry):
    registries = {
        "source": Registry(url=source.host, skip_tls_verify=True),
        "there": Registry(url=there.host, skip_tls_verify=True),
    }
    rule = Rule(destination="there", repository="copy", tags=("1",))
    stage = Stage(source=Source(source="source", repository="a"), rules=(rule,))
    summary = SummaryBuilder()
    config = Config(registries=registries, stages=(stage,))
    await wiring.sync(config, {}, parallel_sync_tasks=10, listener=summary)
    return summary.build()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "/manifests/", Answer(503)),
        Fault("GET", "/blobs/", Answer(500)),
        Fault("GET", "/blobs/", CutAnswer()),
        Fault("GET", "/blobs/", CutResponse(100)),
        Fault("GET", "/blobs/", Answer(429, {"Retry-After": "0"})),
    ],
)
async def test_a_source_that_fails_once_is_asked_again(fake_registry, fault):
    images.fill(fake_registry.repository("a"), GRAPH, "1")
    fake_registry.fail(fault)
    async with FakeRegistry() as there:
        summary = await sync(fake_registry, there)
        assert summary.count(Status.COPIED) == 1, summary.failures
        assert {piece.digest for piece in GRAPH.blobs} <= set(there.contents)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/uploads/", Answer(503)),
        Fault("PUT", "/uploads/", Answer(500)),
        Fault("PUT", "/uploads/", CutAnswer()),
        Fault("PUT", "/uploads/", CutRequest(100)),
        Fault("PUT", "/uploads/", DropUpload()),
        Fault("PUT", "/manifests/", Answer(502)),
    ],
)
async def test_a_destination_that_fails_once_gets_it_again(fake_registry, fault):
    images.fill(fake_registry.repository("a"), GRAPH, "1")
    async with FakeRegistry() as there:
        there.fail(fault)
        summary = await sync(fake_registry, there)
        assert summary.count(Status.COPIED) == 1, summary.failures


async def test_bytes_that_change_on_the_way_never_get_a_tag(fake_registry):
    images.fill(fake_registry.repository("a"), GRAPH, "1")
    fake_registry.fail(Fault("GET", "/blobs/", CorruptResponse(), times=100))
    async with FakeRegistry() as there:
        summary = await sync(fake_registry, there)
        assert summary.count(Status.FAILED) == 1
        assert ", received sha256:" in summary.failures[0].sentence
        assert not there.contents
        assert not there.requests("PUT", "/manifests/")
