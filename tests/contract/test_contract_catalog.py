from __future__ import annotations

import pytest
from tests import images
from tests.contract.pushing import push

GRAPH = images.image("catalog")


@pytest.fixture
def list_repositories(store):
    if store.list_repositories is None:
        pytest.skip("this store has no list of repositories")
    return store.list_repositories


async def test_all_repositories_are_listed_each_once_through_all_pages(
    store, list_repositories, name
):
    names = {f"{name}/{number}" for number in range(9)} | {name}
    for one in names:
        await push(store.repository(one), GRAPH, "1.0")
    listed = [one async for one in list_repositories()]
    assert names <= set(listed)
    assert len(listed) == len(set(listed))


async def test_a_catalog_that_is_left_early_harms_nothing(store, list_repositories, name):
    for one in (f"{name}/one", f"{name}/two"):
        await push(store.repository(one), GRAPH, "1.0")
    listed = list_repositories()
    await anext(listed)
    await listed.aclose()
    assert f"{name}/two" in [one async for one in list_repositories()]
