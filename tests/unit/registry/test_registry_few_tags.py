"""A list of tags is taken for whole only where one answer must be all of it."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options, Stall
from tests.unit.registry.clients import opened, repository

from reposync.errors import (
    DeniedError,
    NotFoundError,
    ProtocolError,
    TransportError,
    UnavailableError,
)

IMAGE = images.image("one", layers=0)


def filled(registry, count):
    tags = [f"1.{number}" for number in range(count)]
    registry.repository("team/app").add_manifest(
        IMAGE.root.content, images.manifest(IMAGE.root).descriptor.media_type, *tags
    )
    return frozenset(tags)


async def test_all_tags_of_one_answer_are_listed():
    async with FakeRegistry() as registry, opened(registry) as client:
        tags = filled(registry, 5)
        assert await repository(client).list_few_tags() == tags
        assert len(registry.requests("GET", "/tags/list")) == 1


async def test_a_repository_that_nobody_knows_has_none():
    async with FakeRegistry() as registry, opened(registry) as client:
        assert await repository(client).list_few_tags() == frozenset()


async def test_a_list_that_goes_on_is_not_read_to_its_end():
    async with FakeRegistry(Options(page_size=4)) as registry, opened(registry) as client:
        filled(registry, 5)
        assert await repository(client).list_few_tags() is None
        assert len(registry.requests("GET", "/tags/list")) == 1


@pytest.mark.parametrize("count", [50, 100])
async def test_a_list_of_a_round_number_may_have_been_cut(count):
    async with FakeRegistry() as registry, opened(registry) as client:
        filled(registry, count)
        assert await repository(client).list_few_tags() is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403), DeniedError),
        (Answer(404, {}, b"<html>no such page</html>"), NotFoundError),
        (Answer(200, {}, b"[1]"), ProtocolError),
    ],
)
async def test_what_is_no_list_is_refused(answer, error):
    faults = [Fault("GET", "/tags/list", answer)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        with pytest.raises(error):
            await repository(client).list_few_tags()


async def test_a_list_that_does_not_come_is_neither_waited_for_nor_asked_for_again(monkeypatch):
    monkeypatch.setattr("reposync.registry.manifests.tags._FEW_TAGS_TIMEOUT_S", 0.05)
    stall = Stall(asyncio.Event())
    faults = [Fault("GET", "/tags/list", stall, times=None)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        with pytest.raises(TransportError):
            await repository(client).list_few_tags()
        assert len(registry.requests("GET", "/tags/list")) == 1
        stall.released.set()


async def test_a_registry_that_is_busy_is_not_asked_again():
    faults = [Fault("GET", "/tags/list", Answer(503), times=None)]
    async with FakeRegistry(faults=faults) as registry, opened(registry) as client:
        with pytest.raises(UnavailableError):
            await repository(client).list_few_tags()
        assert len(registry.requests("GET", "/tags/list")) == 1
