"""Opens every store in turn for each test of the suite."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from tests.contract.stores import DEVIATIONS, STORES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.contract.stores import Repository, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    for (name, test), what in DEVIATIONS.items():
        if request.param == name and request.node.name.startswith(test):
            pytest.skip(f"{name} {what}")
    async with STORES[request.param](request) as opened:
        yield opened


@pytest.fixture
def name() -> str:
    """Return a name that no other test uses: real registries outlive a test."""
    return f"team/{uuid.uuid4().hex}"


@pytest.fixture
def repository(store: Store, name: str) -> Repository:
    return store.repository(name)
