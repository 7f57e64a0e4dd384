"""Registries that see late what was just put there."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.failures import Failure
from tests.unit.sync.world import place, rule, stage

from reposync.copy.outcome import Status
from reposync.errors import RegistryError


@pytest.mark.parametrize("graph", [images.image("i"), images.multi_platform("m")])
@pytest.mark.parametrize("code", ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"])
async def test_a_manifest_whose_parts_a_registry_does_not_see_yet_is_pushed_again(
    world, graph, code
):
    images.fill(world.source(place("hub", "a")), graph, "1")
    late = RegistryError("not seen yet", codes=(code,))
    world.registries["master"].fail(Failure("push_manifest", late))
    await world.run(stage("s", place("hub", "a"), rule(place("master", "c"))))
    assert world.statuses() == {"master/c:1": Status.COPIED}
