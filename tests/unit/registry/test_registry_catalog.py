"""The catalog of registries that keep it to themselves, or answer oddly."""

from __future__ import annotations

import json

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.fakes.registry.access import Access
from tests.unit.logins.homes import Home, packed
from tests.unit.registry.clients import opened

from reposync.credentials import Credentials
from reposync.errors import ProtocolError, RegistryError, UnauthorizedError, UnavailableError
from reposync.http.http_transport import HttpTransport
from reposync.logins.logins import Logins
from reposync.logins.source import LoginSource
from reposync.registry import pages
from reposync.registry.catalog import Catalog
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context


async def listed(client):
    return [name async for name in Catalog(client).list_repositories()]


def answered(*names, link=""):
    headers = {"Link": f'<{link}>; rel="next"'} if link else {}
    return Answer(200, headers, json.dumps({"repositories": names}).encode())


async def test_the_list_is_asked_for_as_who_is_known_below_the_prefix(tmp_path):
    home = Home.at(tmp_path)
    options = Options(auth=BasicAuth((Account("me", "right"),)))
    async with FakeRegistry(options) as registry:
        for name in ("team/app", "other/app"):
            images.fill(registry.repository(name), images.image("x"), "1")
        home.docker(auths={f"{registry.host}/team": packed("me", "right")})
        source = LoginSource(Logins(home.environ), registry.host)
        async with opened(registry, source, prefix="team") as client:
            assert await listed(client) == ["app"]


async def test_docker_hub_is_not_even_asked():
    client = RegistryClient(
        HostState("docker.io"),
        transport=HttpTransport(tls=tls_context(Trust())),
        retrier=Retrier(RetryPolicy(tries=1)),
    )
    with pytest.raises(RegistryError, match=r"docker\.io does not list its repositories") as why:
        await listed(client)
    assert "name the repositories" in (why.value.hint or "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(400), "answered 400 Bad Request"),
        (Answer(401), "answered 401 Unauthorized"),
        (Answer(403), "answered 403 Forbidden"),
        (Answer(404), "answered 404 Not Found"),
        (Answer(405), "answered 405 Method Not Allowed"),
        (Answer(501), "answered 501 Not Implemented"),
        (Answer(200, {}, b"<html>"), "answered a web page"),
        (Answer(200, {}, b"[]"), "answered something else"),
        (Answer(200, {}, b"{}"), "answered something else"),
        (Answer(200, {}, b'{"repositories": 5}'), "answered something else"),
    ],
)
async def test_a_registry_without_a_list_is_told_of_in_a_sentence_with_advice(answer, said):
    fault = Fault("GET", "_catalog", answer, times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(RegistryError, match=said) as caught:
            await listed(client)
        assert str(caught.value).startswith(f"{registry.host} does not list its repositories")
        assert "name the repositories instead of a pattern" in (caught.value.hint or "")
        assert ("account" in (caught.value.hint or "")) is (answer.status in {401, 403})


async def test_a_registry_that_is_told_to_have_no_catalog_has_none():
    async with FakeRegistry(Options(catalog=False)) as registry, opened(registry) as client:
        with pytest.raises(RegistryError, match="answered 404"):
            await listed(client)


async def test_a_token_for_the_whole_list_is_asked_for():
    issuer = TokenIssuer([Account("user", "password")])
    options = Options(auth=TokenAuth(issuer), page_size=1)
    async with (
        FakeRegistry(options) as registry,
        opened(registry, Credentials("user", "password")) as client,
    ):
        for name in ("a", "b"):
            images.fill(registry.repository(name), images.image("x"), "1.0")
        assert await listed(client) == ["a", "b"]
        (token,) = issuer.issued
        assert token.access == {Access("registry", "catalog", "*")}


async def test_an_account_that_may_not_list_hears_so():
    issuer = TokenIssuer([Account("user", "password", frozenset({"pull"}))])
    async with (
        FakeRegistry(Options(auth=TokenAuth(issuer))) as registry,
        opened(registry, Credentials("user", "password")) as client,
    ):
        with pytest.raises(RegistryError, match="answered 401") as caught:
            await listed(client)
        assert "an account that may list them" in (caught.value.hint or "")


async def test_a_wrong_password_is_told_as_such():
    issuer = TokenIssuer([Account("user", "password")])
    async with (
        FakeRegistry(Options(auth=TokenAuth(issuer))) as registry,
        opened(registry, Credentials("user", "wrong")) as client,
    ):
        with pytest.raises(UnauthorizedError, match="user and password"):
            await listed(client)


async def test_a_registry_that_fails_is_tried_again_and_not_taken_for_one_without_a_list():
    fault = Fault("GET", "_catalog", Answer(503), times=None)
    async with FakeRegistry(faults=[fault]) as registry, opened(registry) as client:
        with pytest.raises(UnavailableError):
            await listed(client)
        assert len(registry.requests("GET", "_catalog")) == 3


async def test_illegal_names_and_repetitions_are_left_out():
    answer = answered("a", "b/c", "a", "Upper", "", "a//b", None, 5, "../x", "b/c")
    async with (
        FakeRegistry(faults=[Fault("GET", "_catalog", answer)]) as registry,
        opened(registry) as client,
    ):
        assert await listed(client) == ["a", "b/c"]


async def test_no_repositories_are_an_empty_list():
    for answer in (answered(), Answer(200, {}, b'{"repositories": null}')):
        async with (
            FakeRegistry(faults=[Fault("GET", "_catalog", answer)]) as registry,
            opened(registry) as client,
        ):
            assert await listed(client) == []


async def test_pages_in_a_circle_are_an_error_and_no_page_size_is_asked_for():
    answer = answered("a", link="/v2/_catalog?last=a")
    async with (
        FakeRegistry(faults=[Fault("GET", "_catalog", answer, times=None)]) as registry,
        opened(registry) as client,
    ):
        with pytest.raises(ProtocolError, match="circle"):
            await listed(client)
        assert [request.query for request in registry.requests("GET", "_catalog")] == ["", "last=a"]


async def test_a_token_service_that_gives_no_token_for_the_list_is_told_of_with_the_same_advice():
    issuer = TokenIssuer([Account("user", "password")])
    refused = Fault("GET", "/token", Answer(403), times=None)
    async with (
        FakeRegistry(Options(auth=TokenAuth(issuer)), [refused]) as registry,
        opened(registry, Credentials("user", "password")) as client,
    ):
        with pytest.raises(RegistryError, match="does not list its repositories") as caught:
            await listed(client)
        assert "an account that may list them" in (caught.value.hint or "")


async def test_pages_that_go_on_and_on_are_an_error(monkeypatch):
    monkeypatch.setattr(pages, "_PAGES_LIMIT", 3)
    async with FakeRegistry(Options(page_size=1)) as registry, opened(registry) as client:
        for number in range(5):
            registry.repository(f"{number}").add_blob(b"content")
        with pytest.raises(ProtocolError, match="more than 3 pages of repositories"):
            await listed(client)
