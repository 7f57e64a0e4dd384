from __future__ import annotations

import pytest
from tests import images
from tests.contract.pushing import push

from reposync.errors import NotFoundError
from reposync.layout.repository import LayoutRepository


async def test_all_tags_are_listed_each_once_through_all_pages(repository):
    tags = sorted(f"1.{number}" for number in range(25))
    await push(repository, images.image("t"), *tags)
    assert sorted([tag async for tag in repository.list_tags()]) == tags


async def test_a_list_that_is_left_early_harms_nothing(repository):
    await push(repository, images.image("t"), "1.0", "2.0")
    listed = repository.list_tags()
    assert await anext(listed) in {"1.0", "2.0"}
    await listed.aclose()
    assert sorted([tag async for tag in repository.list_tags()]) == ["1.0", "2.0"]


async def test_a_repository_that_nobody_knows_has_no_list(repository):
    with pytest.raises(NotFoundError):
        await anext(aiter(repository.list_tags()))


async def test_two_repositories_of_one_registry_say_so(store, name):
    one, two = (store.repository(f"{name}/{part}").reference for part in ("one", "two"))
    assert one.registry == two.registry
    assert (one.repository, two.repository) == (f"{name}/one", f"{name}/two")


async def test_few_tags_are_listed_at_once_or_not_at_all(repository):
    tells = not isinstance(repository, LayoutRepository)
    assert await repository.list_few_tags() == (frozenset() if tells else None)
    await push(repository, images.image("t"), "1.0")
    assert await repository.list_few_tags() == (frozenset({"1.0"}) if tells else None)
