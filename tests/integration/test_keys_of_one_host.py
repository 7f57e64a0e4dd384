"""Several keys of the file for one host: one state for it, and credentials of their own."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    CutAnswer,
    Delay,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.integration.sites import sync

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status

ENVIRON = {"A_USER": "a", "A_PASSWORD": "pa", "B_USER": "b", "B_PASSWORD": "pb"}
LARGE_BYTES = 300_000


def key(registry, path="", **settings):
    """Write a key for *registry*, whose names begin with *path*."""
    return Registry(url=registry.host + path, skip_tls_verify=True, **settings)


def account(name):
    return {"env_user": f"{name}_USER", "env_password": f"{name}_PASSWORD"}


def stage(source, repository, *destinations, tags=(), **options):
    """Write a stage: *repository* of *source* to each of *destinations*, pairs of key and name."""
    rules = tuple(Rule(destination=key, repository=to, tags=tags) for key, to in destinations)
    return Stage(source=Source(source=source, repository=repository), rules=rules, **options)


def fill(registry, repository, count, *, layer_bytes=LARGE_BYTES):
    for number in range(count):
        graph = images.image(f"{repository}/{number}", layer_bytes=layer_bytes)
        images.fill(registry.repository(repository), graph, str(number))


def virtually(scenario):
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(scenario)


def slowed(registry):
    """Have *registry* take its time, so that whoever may ask does so meanwhile."""
    registry.fail(Fault("", "", Delay(0.05), times=None))


def statuses(ran):
    return Counter(one.status for one in ran.outcomes.values())


@pytest.mark.parametrize(("path", "other_path"), [("", ""), ("/left", "/right")])
def test_all_keys_of_a_host_keep_the_lowest_bound_together(path, other_path):
    async def run():
        async with FakeRegistry() as here, FakeRegistry() as there:
            for name in ("one", "two"):
                fill(here, name, 10)
            registries = {
                "here": key(here),
                "a": key(there, path, max_concurrent_requests=8),
                "b": key(there, other_path, max_concurrent_requests=2),
            }
            stages = (stage("here", "one", ("a", "one")), stage("here", "two", ("b", "two")))
            slowed(there)
            ran = await sync(Config(registries=registries, stages=stages))
            assert statuses(ran) == {Status.COPIED: 20}
            assert there.log.max_in_flight == 2

    virtually(run())


@pytest.mark.parametrize("most", [2, 3, 4])
def test_a_bound_holds_where_a_host_is_source_and_destination(most):
    async def run():
        async with FakeRegistry(Options(mounts=False)) as registry:
            fill(registry, "one", 5)
            bound = {"max_concurrent_requests": most}
            registries = {"a": key(registry, **bound), "b": key(registry, **bound)}
            slowed(registry)
            stages = (stage("a", "one", ("b", "two")),)
            ran = await sync(Config(registries=registries, stages=stages))
            assert statuses(ran) == {Status.COPIED: 5}
            assert 2 <= registry.log.max_in_flight <= most

    virtually(run())


@pytest.mark.parametrize("most", [2, 4])
def test_a_bound_holds_where_several_destinations_are_of_one_host(most):
    async def run():
        async with FakeRegistry() as here, FakeRegistry(Options(mounts=False)) as there:
            fill(here, "one", 3)
            keys = {name: key(there, max_concurrent_requests=most) for name in "abcde"}
            slowed(there)
            stages = (stage("here", "one", *((name, f"to/{name}") for name in keys)),)
            ran = await sync(Config(registries={"here": key(here), **keys}, stages=stages))
            assert statuses(ran) == {Status.COPIED: 15}
            assert there.log.max_in_flight == most
            blobs = [request.path for request in here.requests("GET", "/blobs/")]
            assert len(blobs) == len(set(blobs))

    virtually(run())


def test_a_bound_holds_where_uploads_fail_and_are_given_up():
    async def run():
        async with FakeRegistry() as here, FakeRegistry(Options(whole_blobs=False)) as there:
            fill(here, "one", 10)
            registries = {"here": key(here), "a": key(there, max_concurrent_requests=2)}
            there.fail(Fault("PUT", "/uploads/", Answer(400), times=20))
            slowed(there)
            await sync(Config(registries=registries, stages=(stage("here", "one", ("a", "one")),)))
            assert there.requests("DELETE", "/uploads/")
            assert there.log.max_in_flight == 2
            assert not there.open_uploads

    virtually(run())


def test_a_host_that_asks_one_key_for_a_pause_gets_no_requests_of_another():
    pause = Fault("HEAD", "/v2/one/manifests/", Answer(429, {"Retry-After": "100"}))

    async def run():
        async with FakeRegistry() as here, FakeRegistry() as there:
            fill(here, "one", 1)
            fill(here, "two", 40)
            registries = {
                "here": key(here),
                "a": key(there),
                "b": key(there, requests_per_second=1),
            }
            stages = (stage("here", "one", ("a", "one")), stage("here", "two", ("b", "two")))
            times: list[float] = []
            there.fail_by_chance(lambda *_: times.append(asyncio.get_running_loop().time()))
            there.fail(pause)
            ran = await sync(Config(registries=registries, stages=stages))
            assert statuses(ran) == {Status.COPIED: 41}
            return times

    times = virtually(run())
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) >= 99


def test_a_host_that_never_answered_one_key_is_not_tried_for_another():
    async def run():
        async with FakeRegistry() as here, FakeRegistry() as there:
            fill(here, "one", 1)
            registries = {"here": key(here), "a": key(there), "b": key(there)}
            first = stage("here", "one", ("a", "one"), id="first")
            second = stage("here", "one", ("b", "two"), depends_on=("first",))
            there.fail(Fault("", "", CutAnswer(), times=None))
            ran = await sync(Config(registries=registries, stages=(first,)))
            alone = len(there.requests())
            there.log.clear()
            both = await sync(Config(registries=registries, stages=(first, second)))
            assert statuses(ran) + statuses(both) == {Status.FAILED: 3}
            assert len(there.requests()) == alone

    virtually(run())


async def test_what_one_key_learned_of_its_host_the_other_knows():
    async with FakeRegistry() as here, FakeRegistry(Options(whole_blobs=False)) as there:
        fill(here, "one", 3, layer_bytes=1000)
        registries = {"here": key(here), "a": key(there), "b": key(there)}
        first = stage("here", "one", ("a", "one"), id="first", tags=("0",))
        second = stage("here", "one", ("b", "two"), depends_on=("first",), tags=("1", "2"))
        ran = await sync(Config(registries=registries, stages=(first, second)))
        assert statuses(ran) == {Status.COPIED: 3}
        whole = [each for each in there.requests("POST") if each.query.startswith("digest=")]
        assert {each.path for each in whole} == {"/v2/one/blobs/uploads/"}


async def test_that_a_source_has_no_referrers_api_is_learned_once_for_all_its_keys():
    async with FakeRegistry(Options(referrers_api=False)) as here, FakeRegistry() as there:
        fill(here, "one", 2)
        registries = {"a": key(here), "b": key(here), "there": key(there)}
        stages = (stage("a", "one", ("there", "one")), stage("b", "one", ("there", "two")))
        await sync(Config(registries=registries, stages=stages))
        assert len(here.requests("GET", "/referrers/")) == 1


async def test_no_key_shows_the_credentials_or_tokens_of_another():
    issuer = TokenIssuer((Account("a", "pa"), Account("b", "pb")))
    options = Options(auth=TokenAuth(issuer), mounts=False)
    async with FakeRegistry() as here, FakeRegistry(options) as there:
        for name in ("one", "two"):
            fill(here, name, 5)
        registries = {
            "here": key(here),
            "a": key(there, **account("A")),
            "b": key(there, **account("B")),
        }
        stages = (stage("here", "one", ("a", "one")), stage("here", "two", ("b", "two")))
        ran = await sync(Config(registries=registries, stages=stages), ENVIRON)
        assert statuses(ran) == {Status.COPIED: 10}
        shown = [
            (name, issuer._tokens[request.headers["Authorization"].removeprefix("Bearer ")].user)
            for name in ("one", "two")
            for request in there.requests("", f"/v2/{name}/")
            if "Authorization" in request.headers
        ]
        assert set(shown) == {("one", "a"), ("two", "b")}
        asked = {
            (each.query.partition("repository%3A")[2] or each.query, each.headers["Authorization"])
            for each in there.requests("GET", "/token")
        }
        assert {(("one" in query), who) for query, who in asked} == {
            (True, images.basic("a", "pa")),
            (False, images.basic("b", "pb")),
        }


@pytest.mark.parametrize("has_other_trust", [True, False])
async def test_only_keys_with_the_same_trust_share_connections(has_other_trust, certificates):
    tls = certificates.server_context()
    async with FakeRegistry() as here, FakeRegistry(Options(tls=tls)) as there:
        fill(here, "one", 1)
        trusted = Registry(url=there.host, ca_file=str(certificates.authority))
        registries = {
            "here": key(here),
            "a": key(there),
            "b": trusted if has_other_trust else key(there),
        }
        first = stage("here", "one", ("a", "a"), id="first")
        second = stage("here", "one", ("b", "b"), depends_on=("first",))
        await sync(Config(registries=registries, stages=(first, second)))
        first, *_ = [each.peer_port for each in there.requests("", "/v2/b/")]
        is_shared = first in {each.peer_port for each in there.requests("", "/v2/a/")}
        assert is_shared is not has_other_trust
