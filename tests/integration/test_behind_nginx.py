"""A real registry behind nginx: limits of bodies and rates, short lines, nobody behind it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from tests import images
from tests.integration.sites import sync
from tests.servers.nginx import Nginx, nginx
from tests.servers.reader import Reader

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.registry import client
from reposync.report.failure_kind import FailureKind
from reposync.retry import RetryPolicy
from reposync.wiring import trust

MIB = 1024 * 1024


@pytest.fixture
def proxied(tmp_path, other_registry, certificates):
    """Return a function that starts nginx before a real registry."""
    with ExitStack() as stack:

        def start(upstream: str = other_registry.url, *, tls: bool = True, **options: Any) -> Nginx:
            shown = certificates if tls else None
            running = nginx(tmp_path / "nginx", upstream, certificates=shown, **options)
            return stack.enter_context(running)

        yield start


def mirror(source, destination, repository, **options):
    """Write a file that copies all of *repository* to the same name at *destination*."""
    stage = Stage(
        source=Source(source="source", repository=repository),
        rules=(Rule(destination="destination", repository=repository),),
    )
    return Config(
        registries={
            "source": Registry(url=source.host, skip_tls_verify=True),
            "destination": Registry(url=destination.host, **options),
        },
        stages=(stage,),
    )


def fill(registry, name, count, **kind):
    graphs = {f"v{n}": images.image(f"{name} {n}", **kind) for n in range(count)}
    for tag, graph in graphs.items():
        images.push_graph(registry.url, name, graph, tag)
    return graphs


def assert_whole(url, name, graphs):
    reader = Reader(url, name)
    for tag, graph in graphs.items():
        assert reader.family(tag)[graph.digest] == graph.root.content


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
async def test_a_limit_of_bodies_is_learned_once_and_heeded_by_all_that_follows(
    plain_registry, other_registry, proxied, certificates, name, http2
):
    graphs = fill(plain_registry, name, 4, layers=1, layer_bytes=3 * MIB)
    front = proxied(server="client_max_body_size 1m;", http2=http2)
    file = mirror(plain_registry, front, name, ca_file=str(certificates.authority))
    ran = await sync(file)
    assert not ran.summary.failures
    assert_whole(other_registry.url, name, graphs)
    # Those that are under way when the limit is learned are refused too, and none after them.
    assert 1 <= front.statuses().count(413) <= 2 * len(graphs)
    assert {one.protocol for one in front.logged()} == {"HTTP/1.1"}

    before = front.statuses().count(413)
    more = fill(plain_registry, f"{name}/more", 1, layers=1, layer_bytes=3 * MIB)
    assert not (
        await sync(mirror(plain_registry, front, f"{name}/more", skip_tls_verify=True))
    ).summary.failures
    assert_whole(other_registry.url, f"{name}/more", more)
    assert front.statuses().count(413) - before <= 2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_limit_of_rates_slows_a_run_down_and_fails_nothing(
    plain_registry, other_registry, proxied, name, monkeypatch, status
):
    monkeypatch.setattr(client, "_ALONE_AFTER_429_S", 0.2)
    graphs = fill(plain_registry, name, 6)
    front = proxied(
        tls=False,
        http="limit_req_zone $binary_remote_addr zone=all:1m rate=100r/s;",
        server=f"limit_req zone=all burst=5 nodelay; limit_req_status {status};",
    )
    ran = await sync(mirror(plain_registry, front, name, skip_tls_verify=True))
    assert not ran.summary.failures
    assert_whole(other_registry.url, name, graphs)
    refused = front.statuses().count(status)
    assert 0 < refused < len(front.logged()) / 2


async def test_lines_that_are_closed_every_few_requests_are_no_failure(
    plain_registry, other_registry, proxied, name
):
    graphs = fill(plain_registry, name, 10, layer_bytes=300_000)
    front = proxied(server="keepalive_requests 5;")
    ran = await sync(mirror(plain_registry, front, name, skip_tls_verify=True))
    assert not ran.summary.failures
    assert_whole(other_registry.url, name, graphs)
    assert len({one.connection for one in front.logged()}) >= len(front.logged()) / 5


async def test_a_proxy_with_no_registry_behind_it_is_told_as_that(
    plain_registry, proxied, name, monkeypatch
):
    monkeypatch.setattr(trust, "RetryPolicy", partial(RetryPolicy, first_wait_s=0.05))
    fill(plain_registry, name, 2)
    front = proxied("http://127.0.0.1:1", tls=False)
    ran = await sync(mirror(plain_registry, front, name, skip_tls_verify=True))
    assert set(ran.statuses.values()) == {Status.FAILED}
    for failure in ran.summary.failures:
        assert f"{front.host} answered 502 Bad Gateway to HEAD /v2/{name}/" in failure.sentence
        assert failure.kind is FailureKind.UNAVAILABLE
        assert "a proxy answers" in failure.hint
