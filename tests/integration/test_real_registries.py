"""Whole runs between real registries, with an independent client as second opinion."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import Account, BasicAuth, FakeRegistry, Options
from tests.servers.skopeo import skopeo_digest, skopeo_raw, write_authfile

from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.copy.outcome import Status
from reposync.report.summary import SummaryBuilder
from reposync.wiring import run as wiring

GRAPHS = {
    "1.0": images.image("one"),
    "1.10": images.docker_image("two"),
    "multi": images.multi_platform("three"),
    "list": images.multi_platform("four", docker=True),
}


def config(*registries: Registry, repository: str, tags: tuple[str, ...] = ()) -> Config:
    keyed = {f"r{number}": registry for number, registry in enumerate(registries)}
    rules = tuple(
        Rule(destination=key, repository=f"copy/{repository}", tags=tags) for key in list(keyed)[1:]
    )
    source = Source(source="r0", repository=repository)
    return Config(registries=keyed, stages=(Stage(source=source, rules=rules),))


async def sync(file: Config, environ: dict[str, str] | None = None):
    summary = SummaryBuilder()
    await wiring.sync(file, environ or {}, parallel_sync_tasks=100, listener=summary)
    return summary.build()


@pytest.fixture
def filled(plain_registry, request):
    repository = request.node.name.split("[")[0].replace("_", "-")
    for tag, graph in GRAPHS.items():
        images.push_graph(plain_registry.url, repository, graph, tag)
    return plain_registry, repository


@pytest.mark.parametrize("kind", ["htpasswd_registry", "tls_registry", "token_registry"])
async def test_all_tags_arrive_at_any_kind_of_registry(filled, kind, request, login, tmp_path):
    plain, repository = filled
    there = request.getfixturevalue(kind)
    environ = {"U": login.user, "P": login.password}
    name, password = ("U", "P") if there.login else (None, None)
    file = config(
        Registry(url=plain.host, skip_tls_verify=True),
        Registry(url=there.host, skip_tls_verify=True, env_user=name, env_password=password),
        repository=repository,
    )
    first = await sync(file, environ)
    second = await sync(file, environ)
    assert not first.failed, first.failures
    assert second.count(Status.UP_TO_DATE) == len(GRAPHS)
    authfile = write_authfile(tmp_path / "auth.json", {there.host: login})
    for tag, graph in GRAPHS.items():
        reference = f"{there.host}/copy/{repository}:{tag}"
        assert skopeo_digest(reference, authfile=authfile) == graph.digest
        assert skopeo_raw(reference, authfile=authfile) == graph.root.content


async def test_a_wrong_password_is_told_once_per_image_and_sent_twice(fake_registry):
    fake = fake_registry
    images.fill(fake.repository("a"), images.image("x"), "1", "2", "3")
    auth = BasicAuth((Account("user", "right"),))
    async with FakeRegistry(Options(auth=auth)) as locked:
        file = config(
            Registry(url=fake.host, skip_tls_verify=True),
            Registry(url=locked.host, skip_tls_verify=True, env_user="U", env_password="P"),
            repository="a",
            tags=("1", "2", "3"),
        )
        summary = await sync(file, {"U": "user", "P": "wrong-secret"})
        assert len(summary.failures) == 3
        assert "does not accept the user and password" in summary.failures[0].sentence
        assert "wrong-secret" not in repr(summary)
        assert sum("Authorization" in each.headers for each in locked.requests()) == 2


async def test_a_registry_that_is_down_is_a_sentence_and_no_traceback(fake_registry):
    images.fill(fake_registry.repository("a"), images.image("x"), "1")
    file = config(
        Registry(url=fake_registry.host, skip_tls_verify=True),
        Registry(url="127.0.0.1:1", skip_tls_verify=True),
        repository="a",
    )
    summary = await sync(file)
    assert "127.0.0.1:1 cannot be reached (connection refused)" in summary.failures[0].sentence


async def test_a_second_run_is_one_head_a_side(fake_registry):
    images.fill(fake_registry.repository("a"), images.multi_platform("x"), "1", "2")
    async with FakeRegistry() as there:
        file = config(
            Registry(url=fake_registry.host, skip_tls_verify=True),
            Registry(url=there.host, skip_tls_verify=True),
            repository="a",
            tags=("1", "2"),
        )
        await sync(file)
        for registry in (fake_registry, there):
            registry.log.clear()
        summary = await sync(file)
        assert summary.count(Status.UP_TO_DATE) == 2
        for registry in (fake_registry, there):
            asked = [request.method for request in registry.requests("", "/manifests/|/blobs/")]
            assert asked == ["HEAD", "HEAD"]


async def test_a_certificate_that_nobody_knows_is_refused_with_an_advice(filled, tls_registry):
    plain, repository = filled
    file = config(
        Registry(url=plain.host, skip_tls_verify=True),
        Registry(url=tls_registry.host),
        repository=repository,
    )
    summary = await sync(file)
    failure = summary.failures[0]
    assert f"the certificate of {tls_registry.host} is not trusted" in failure.sentence
    assert "skip-tls-verify: true" in failure.hint


async def test_plain_http_is_used_only_where_the_file_allows_it(plain_registry):
    file = config(
        Registry(url=plain_registry.host), Registry(url=plain_registry.host), repository="a"
    )
    summary = await sync(file)
    assert f"{plain_registry.host} does not speak TLS" in summary.failures[0].sentence
