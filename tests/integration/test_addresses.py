"""Registries under a path, by a scheme that is said, and asked no more than the file allows."""

from __future__ import annotations

import pytest
from tests import images
from tests.integration.sites import sync
from tests.servers.skopeo import skopeo_digest

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.errors import CopyError, TransportError


def over(source, destination, repository="*", to="{repository}"):
    return Config(
        registries={"a": source, "b": destination},
        stages=(
            Stage(
                source=Source(source="a", repository=repository),
                rules=(Rule(destination="b", repository=to),),
            ),
        ),
    )


async def test_a_path_stands_before_all_repositories_of_either_side(here, there, name):
    for app in ("app", "lib"):
        images.push_graph(here.url, f"{name}/{app}", images.image(app), "1")
    images.push_graph(here.url, f"{name}x", images.image("beside"), "1")
    source = Registry(url=f"{here.url}/{name}")
    ran = await sync(over(source, Registry(url=f"{there.url}/mirror/{name}")))
    assert {str(one.destination) for one in ran.outcomes.values()} == {
        f"{there.host}/mirror/{name}/{app}:1" for app in ("app", "lib")
    }
    for app in ("app", "lib"):
        there_is = skopeo_digest(f"{there.host}/mirror/{name}/{app}:1")
        assert there_is == images.image(app).digest


async def test_a_blob_is_mounted_within_a_path(here, there, name):
    for app in ("one", "two"):
        images.push_graph(here.url, f"{name}/{app}", images.image("same"), "1")
    destination = Registry(url=f"{there.url}/mirror/{name}")
    ran = await sync(over(Registry(url=f"{here.url}/{name}"), destination))
    assert sorted(one.blobs_mounted for one in ran.outcomes.values()) == [0, 3]


async def test_a_scheme_that_is_said_is_the_only_one(here, there, name):
    images.push_graph(here.url, name, images.image("x"), "1")
    plain = Registry(url=here.url)
    ran = await sync(over(plain, Registry(url=there.url), name, name))
    assert ran.only().status is Status.COPIED
    by_tls = Registry(url=f"https://{there.host}", skip_tls_verify=True)
    ran = await sync(over(plain, by_tls, name, name))
    error = ran.only().error
    assert isinstance(error, CopyError)
    assert isinstance(error.cause, TransportError)


@pytest.mark.parametrize("bound", [{"max_concurrent_requests": 2}, {"requests_per_second": 200}])
async def test_a_registry_that_is_asked_little_gets_all_the_same(here, there, name, bound):
    images.push_graph(here.url, name, images.multi_platform(name), "1")
    bounded = Registry(url=there.url, **bound)
    ran = await sync(over(Registry(url=here.url), bounded, name, name))
    assert ran.only().status is Status.COPIED
    assert skopeo_digest(f"{there.host}/{name}:1") == images.multi_platform(name).digest
