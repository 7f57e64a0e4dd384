"""Whole runs against a registry that never recovers: how much it is asked, and for how long.

In virtual time, so that the waits of minutes cost nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from tests import images
from tests.fakes.registry import (
    Answer,
    CutAnswer,
    CutRequest,
    CutResponse,
    FakeRegistry,
    Fault,
    Options,
    Stall,
    StallResponse,
)
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.integration.sites import sync

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.report.failure_kind import FailureKind

SMALL = images.image("small", layers=1)
LARGE = images.image("large", layers=1, layer_bytes=3_000_000)
BESIDE = images.image("beside", layers=1)
MOST_REQUESTS = 7
GIVEN_UP_WITHIN_S = 240.0
UNANSWERED = {"503": Answer(503), "500": Answer(500), "429": Answer(429), "a reset": CutAnswer()}


def config(source, there):
    registries = {
        "source": Registry(url=source.url),
        "there": Registry(url=there.url),
    }
    stages = [
        Stage(
            source=Source(source="source", repository=repository),
            rules=(Rule(destination="there", repository=repository, tags=("1",)),),
        )
        for repository in ("broken", "healthy")
    ]
    return Config(registries=registries, stages=tuple(stages))


def run(graph, *, source=(), there=(), options=None):
    """Copy *graph* between registries with these faults, and another image beside it.

    Returns the run, the two registries, and how many seconds it took.
    """

    async def main():
        loop = asyncio.get_running_loop()
        async with FakeRegistry() as here, FakeRegistry(options) as far:
            images.fill(here.repository("broken"), graph, "1")
            images.fill(here.repository("healthy"), BESIDE, "1")
            for registry, faults in ((here, source), (far, there)):
                for fault in faults:
                    registry.fail(fault)
            began_s = loop.time()
            ran = await sync(config(here, far))
            return ran, here, far, loop.time() - began_s

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main())


def asked(registry, method, part):
    """Count the requests to each path that holds *part*; uploads are one path."""
    paths = Counter(
        "uploads" if "/uploads/" in request.path else request.path
        for request in registry.requests(method)
        if part in request.path
    )
    return max(paths.values(), default=0)


def sent_per_try(action):
    """A read that finds its kept connection dead is sent once more, on a fresh one."""
    return 2 if isinstance(action, CutAnswer) else 1


def assert_only_the_broken_one_failed(ran):
    by_repository = {name.split("/")[1].split(":")[0]: one for name, one in ran.outcomes.items()}
    assert by_repository["healthy"].status is Status.COPIED
    assert by_repository["broken"].status is Status.FAILED


@pytest.mark.parametrize("action", UNANSWERED.values(), ids=UNANSWERED)
@pytest.mark.parametrize(
    ("method", "part"),
    [("HEAD", "/broken/manifests/"), ("GET", "/broken/manifests/"), ("GET", "/broken/blobs/")],
)
def test_a_source_is_asked_at_most_seven_times_for_one_thing(method, part, action):
    ran, here, _, _ = run(LARGE, source=[Fault(method, part, action, times=None)])
    assert_only_the_broken_one_failed(ran)
    assert 1 < asked(here, method, part) <= MOST_REQUESTS * sent_per_try(action)


@pytest.mark.parametrize("action", UNANSWERED.values(), ids=UNANSWERED)
@pytest.mark.parametrize("graph", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("method", "part"),
    [
        ("HEAD", "/broken/manifests/"),
        ("POST", "/broken/blobs/uploads/"),
        ("PUT", "/broken/manifests/"),
    ],
)
def test_a_destination_is_asked_at_most_seven_times_for_one_thing(method, part, graph, action):
    blobs = len({piece.digest for piece in graph.blobs})
    ran, _, far, _ = run(graph, there=[Fault(method, part, action, times=None)])
    assert_only_the_broken_one_failed(ran)
    assert 1 < asked(far, method, part) <= MOST_REQUESTS * blobs * sent_per_try(action)


@pytest.mark.parametrize("action", UNANSWERED.values(), ids=UNANSWERED)
@pytest.mark.parametrize("graph", [SMALL, LARGE], ids=["small", "large"])
def test_the_bytes_of_a_blob_are_offered_at_most_seven_times(graph, action):
    blobs = len({piece.digest for piece in graph.blobs})
    fault = Fault("PUT", "/broken/blobs/uploads/", action, times=None)
    ran, _, far, _ = run(graph, there=[fault], options=Options(whole_blobs=False))
    assert_only_the_broken_one_failed(ran)
    assert 1 < asked(far, "PUT", "/broken/blobs/uploads/") <= MOST_REQUESTS * blobs
    assert not far.open_uploads


def stalled(kind, method, part, *arguments):
    return Fault(method, part, kind(*arguments, asyncio.Event()), times=None)


@pytest.mark.parametrize("graph", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("at_byte", [0, 500, 100_000])
def test_a_download_that_stalls_at_the_same_byte_is_given_up_within_four_minutes(graph, at_byte):
    at_byte = min(at_byte, graph.blobs[0].descriptor.size - 1)
    fault = stalled(StallResponse, "GET", "/broken/blobs/", at_byte)
    ran, here, _, took_s = run(graph, source=[fault])
    assert_only_the_broken_one_failed(ran)
    assert took_s <= GIVEN_UP_WITHIN_S
    assert asked(here, "GET", "/broken/blobs/") <= MOST_REQUESTS


@pytest.mark.parametrize("graph", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_upload_that_stalls_is_given_up_within_four_minutes(graph, method):
    fault = stalled(Stall, method, "/broken/blobs/uploads/")
    ran, _, _, took_s = run(graph, there=[fault], options=Options(whole_blobs=False))
    assert_only_the_broken_one_failed(ran)
    assert took_s <= GIVEN_UP_WITHIN_S


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_manifest_that_stalls_is_given_up_within_four_minutes(method):
    ran, _, _, took_s = run(SMALL, source=[stalled(Stall, method, "/broken/manifests/")])
    assert_only_the_broken_one_failed(ran)
    assert took_s <= GIVEN_UP_WITHIN_S


def test_a_download_that_breaks_off_again_and_again_and_moves_is_read_to_its_end():
    fault = Fault("GET", "/broken/blobs/", CutResponse(400_000), times=8)
    ran, _, far, _ = run(LARGE, source=[fault])
    assert {one.status for one in ran.outcomes.values()} == {Status.COPIED}
    assert {piece.digest for piece in LARGE.blobs} <= set(far.contents)


def test_an_upload_that_is_cut_off_again_and_again_is_given_up():
    blobs = len({piece.digest for piece in LARGE.blobs})
    fault = Fault("PUT", "/broken/blobs/uploads/", CutRequest(100_000), times=None)
    ran, _, far, _ = run(LARGE, there=[fault])
    assert_only_the_broken_one_failed(ran)
    assert asked(far, "PUT", "/broken/blobs/uploads/") <= MOST_REQUESTS * blobs


@pytest.mark.parametrize(
    ("seconds", "most_requests"), [(1, MOST_REQUESTS), (100, 4), (301, 1), (21_600, 1)]
)
def test_what_a_registry_asks_to_wait_is_waited_up_to_five_minutes_in_all(seconds, most_requests):
    answer = Answer(429, {"Retry-After": str(seconds)})
    ran, here, _, took_s = run(SMALL, source=[Fault("HEAD", "", answer, times=None)])
    broken = [one for name, one in ran.outcomes.items() if "/broken" in name]
    assert [one.status for one in broken] == [Status.FAILED]
    assert asked(here, "HEAD", "/broken/manifests/") <= most_requests
    assert took_s <= 3 * 300.0


def test_a_rate_limit_that_is_not_waited_for_is_named_with_what_helps():
    answer = Answer(429, {"Retry-After": "21600", "RateLimit-Remaining": "0;w=21600"})
    ran, _, _, _ = run(SMALL, source=[Fault("HEAD", "", answer, times=None)])
    failure = ran.summary.failures[0]
    assert failure.kind is FailureKind.RATE_LIMITED
    assert "pull limit" in failure.sentence
    assert "6 h" in failure.sentence
    assert "log in" in failure.hint
    assert "run again" in failure.hint
