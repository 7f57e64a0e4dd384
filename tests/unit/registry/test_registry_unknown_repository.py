"""A repository that is missing is called so, with what to check."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Answer, FakeRegistry, Fault, Options
from tests.unit.registry.clients import opened, repository

from reposync.errors import NotFoundError

GRAPH = images.image("one")
READ_HINT = "check the name, the path in the registry's url, and what this account may see"


async def list_tags(there):
    return [tag async for tag in there.list_tags()]


async def test_a_list_of_tags_of_a_missing_repository_names_it_and_what_to_check():
    async with FakeRegistry() as registry, opened(registry, prefix="mirror") as client:
        with pytest.raises(NotFoundError) as caught:
            await list_tags(repository(client, "no/such"))
    assert str(caught.value) == (
        f"{registry.host} has no repository mirror/no/such "
        "(404 NAME_UNKNOWN: repository mirror/no/such is not known)"
    )
    assert caught.value.hint == READ_HINT
    assert caught.value.codes == ("NAME_UNKNOWN",)


@pytest.mark.parametrize("body", [b"", b"<html>Not found</html>"])
async def test_a_missing_list_without_a_code_may_be_a_missing_repository(body):
    fault = Fault("GET", "/tags/list", Answer(404, {}, body))
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(NotFoundError) as caught:
            await list_tags(repository(client))
    assert str(caught.value) == (
        f"{registry.host} has no repository team/app, or does not list its tags "
        "(404 without a reason)"
    )


async def test_a_push_to_a_repository_that_is_not_made_says_to_create_it():
    options = Options(was_made=lambda _name: False)
    async with FakeRegistry(options) as registry, opened(registry) as client:
        with pytest.raises(NotFoundError, match="has no repository team/app ") as caught:
            await repository(client).push_manifest(images.manifest(GRAPH.root), "1")
    assert (caught.value.hint or "").startswith("create the repository or its project")


async def test_a_manifest_that_is_missing_is_no_missing_repository():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), GRAPH, "1")
        with pytest.raises(NotFoundError, match="answered 404 Not Found to GET"):
            await repository(client).fetch_manifest("2")
