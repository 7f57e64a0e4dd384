"""The bytes that one host may get or send in a second, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.integration.sites import sync

from reposync.config.model import Config, Registry, Rule, Source, Stage

LARGE = images.image("large", layers=2, layer_bytes=2_000_000)


def duration_s(**limits):
    """Copy an image of 4 MB; return how long that took."""

    async def main():
        loop = asyncio.get_running_loop()
        async with FakeRegistry() as here, FakeRegistry() as there:
            images.fill(here.repository("app"), LARGE, "1")
            registries = {
                "here": Registry(url=here.url, max_bytes_per_second=limits.get("here")),
                "there": Registry(url=there.url, max_bytes_per_second=limits.get("there")),
            }
            rule = Rule(destination="there", repository="app", tags=("1",))
            stage = Stage(source=Source(source="here", repository="app"), rules=(rule,))
            began_s = loop.time()
            ran = await sync(Config(registries=registries, stages=(stage,)))
            assert not ran.summary.failures
            return loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


@pytest.mark.parametrize("side", ["here", "there"])
@pytest.mark.parametrize(("limit", "seconds"), [("100kB", 40.0), ("1MB", 4.0)])
def test_blobs_pass_a_host_at_the_rate_that_the_file_allows(side, limit, seconds):
    assert duration_s(**{side: limit}) == pytest.approx(seconds, rel=0.1)


def test_without_a_limit_nothing_waits():
    assert duration_s() < 1.0
