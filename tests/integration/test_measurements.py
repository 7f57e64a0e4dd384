"""Measurements of whole runs: what they say of each host is what the registries saw."""

from __future__ import annotations

from collections import Counter

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    AlterHeaders,
    BlobHost,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.http.traffic import Traffic
from reposync.wiring.measurements import Measurements
from reposync.wiring.run import sync

PULLS = {"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "76;w=21600"}


def mirror(source, there, *tags):
    return Config(
        registries={"a": Registry(url=source.url), "b": Registry(url=there.url)},
        stages=(
            Stage(
                source=Source(source="a", repository="team/app"),
                rules=(Rule(destination="b", repository="team/app", tags=tags),),
            ),
        ),
    )


async def measured(config):
    measurements = Measurements()
    await sync(
        config,
        {},
        parallel_sync_tasks=10,
        listener=lambda _: None,
        measurements=measurements,
    )
    return {each.host: each for each in measurements.hosts()}


def seen(registry):
    return Counter((each.method, each.status) for each in registry.requests())


async def test_every_request_is_counted_as_the_registries_saw_it_and_so_is_every_byte():
    async with FakeRegistry() as source, FakeRegistry() as there:
        for tag in ("1", "2"):
            images.fill(source.repository("team/app"), images.multi_platform(tag), tag)
        hosts = await measured(mirror(source, there, "1", "2", "lost"))
        assert {host: Counter(each.answers) for host, each in hosts.items()} == {
            source.host: seen(source),
            there.host: seen(there),
        }
        assert hosts[source.host].read_bytes == sum(
            each.sent_bytes
            for each in source.requests("GET")
            if each.path != "/v2/"  # its answer is not read
        )
        assert hosts[there.host].written_bytes == sum(
            each.received_bytes for each in there.requests()
        )
        assert hosts[source.host].pulls_left is None


async def test_a_token_service_and_where_blobs_are_redirected_to_are_hosts_of_their_own():
    issuer = TokenIssuer((Account("me", "right"),), anonymous=frozenset({"pull"}))
    async with BlobHost() as store, FakeRegistry(Options(auth=TokenAuth(issuer))) as tokens:
        auth = TokenAuth(issuer, realm=f"{tokens.url}/token")
        async with (
            FakeRegistry(Options(auth=auth, blob_host=store)) as source,
            FakeRegistry() as there,
        ):
            images.fill(source.repository("team/app"), images.image("x"), "1")
            hosts = await measured(mirror(source, there, "1"))
            assert len({source.host, tokens.host, there.host} & hosts.keys()) == 3
            assert sum(hosts[tokens.host].answers.values()) == len(tokens.requests())
            (blobs,) = hosts.keys() - {source.host, tokens.host, there.host}
            assert hosts[blobs].read_bytes > hosts[tokens.host].read_bytes


async def test_pulls_that_are_left_are_those_that_the_last_answer_tells():
    async with FakeRegistry() as source, FakeRegistry() as there:
        source.fail(Fault("GET", "/manifests/", AlterHeaders(PULLS)))
        images.fill(source.repository("team/app"), images.image("x"), "1")
        hosts = await measured(mirror(source, there, "1"))
        assert (hosts[source.host].pulls_left, hosts[there.host].pulls_left) == (76, None)


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        (
            ["registry-1.docker.io", "index.docker.io", "auth.docker.io"],
            ["auth.docker.io", "docker.io"],
        ),
        (["Host.Example:5000"], ["host.example:5000"]),
        (["[::1]:5000", "odd_host"], ["[::1]:5000", "odd_host"]),
    ],
)
def test_hosts_have_the_names_that_references_have(hosts, names):
    measurements = Measurements()
    assert isinstance(measurements.traffic, Traffic)
    for host in hosts:
        measurements.traffic.of(host).answered("GET", 200)
    figures = measurements.hosts()
    assert [each.host for each in figures] == names
    assert sum(each.answers["GET", 200] for each in figures) == len(hosts)
