"""Who we say we are to a registry: as little as it asks for, and as seldom."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import (
    ALL_ACTIONS,
    Account,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import DeniedError, UnauthorizedError

ROBOT = Account("robot", "right")
READER = Account("reader", "right", frozenset({"pull"}))
PULL = frozenset({"pull"})
LOGIN = Credentials("robot", "right", "environment variables U and P")
WRONG = Credentials("robot", "wrong", "environment variables U and P")
GRAPH = images.image("x")
NAMES = ("team/app", "team/other")


def filled(auth: BasicAuth | TokenAuth | None) -> FakeRegistry:
    registry = FakeRegistry(Options(auth=auth))
    for name in NAMES:
        images.fill(registry.repository(name), GRAPH, "1")
    return registry


async def chunks(content):
    yield content


async def test_a_registry_that_asks_for_nothing_is_shown_nothing():
    async with filled(None) as registry, opened(registry, LOGIN) as client:
        assert await repository(client).resolve("1")
        assert all("Authorization" not in each.headers for each in registry.requests())


async def test_many_requests_at_once_share_one_token():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        await asyncio.gather(*(repository(client).resolve("1") for _ in range(20)))
        assert len(issuer.issued) == 1


async def test_each_repository_has_a_token_of_its_own():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        for name in NAMES:
            await repository(client, name).resolve("1")
        assert [{each.name for each in token.access} for token in issuer.issued] == [
            {name} for name in NAMES
        ]


async def test_a_token_that_is_no_longer_known_is_renewed_once_for_all():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        await repository(client).resolve("1")
        issuer.revoke_all()
        await asyncio.gather(*(repository(client).resolve("1") for _ in range(20)))
        assert len(issuer.issued) == 2


async def test_a_token_service_that_fails_at_the_moment_is_asked_again():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        registry.fail(Fault("GET", "/token", Answer(503)))
        assert await repository(client).resolve("1")


@pytest.mark.parametrize("auth", [BasicAuth((ROBOT,)), TokenAuth(TokenIssuer([ROBOT]))])
async def test_a_wrong_password_is_shown_once(auth):
    async with filled(auth) as registry, opened(registry, WRONG) as client:
        for _ in range(5):
            with pytest.raises(UnauthorizedError, match="does not accept the user and password"):
                await repository(client).resolve("1")
        shown = [each for each in registry.requests() if "Authorization" in each.headers]
        assert len(shown) == 1


@pytest.mark.parametrize(
    "auth",
    [BasicAuth((ROBOT,), anonymous=PULL), TokenAuth(TokenIssuer([ROBOT], anonymous=PULL))],
)
async def test_what_strangers_may_do_needs_no_credentials_and_the_rest_says_so(auth):
    blob = images.blob("new")
    async with filled(auth) as registry, opened(registry) as client:
        assert await repository(client).resolve("1")
        with pytest.raises(UnauthorizedError, match="wants credentials for team/app") as caught:
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))
        assert caught.value.hint


@pytest.mark.parametrize("auth", [BasicAuth((READER,)), TokenAuth(TokenIssuer([READER]))])
async def test_who_may_not_push_is_told_from_who_is_not_known(auth):
    blob = images.blob("new")
    login = Credentials("reader", "right", "environment variables U and P")
    async with filled(auth) as registry, opened(registry, login) as client:
        assert await repository(client).resolve("1")
        with pytest.raises(DeniedError):
            await repository(client).push_blob(blob.descriptor, chunks(blob.content))


async def test_a_mount_asks_for_both_repositories_and_the_one_that_is_written_comes_first():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        await repository(client, "team/new").mount_blob(GRAPH.blobs[0].descriptor, "team/app")
        (asked,) = registry.requests("GET", "/token")
        assert asked.query.partition("scope=")[2] == (
            "repository:team/new:pull,push&scope=repository:team/app:pull"
        )


async def test_a_challenge_for_tokens_wins_over_one_for_a_password():
    issuer = TokenIssuer([Account("robot", "right", ALL_ACTIONS)])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        both = f'Basic realm="x", Bearer realm="{registry.url}/token",service="s"'
        registry.fail(Fault("GET", "/v2/$", Answer(401, {"WWW-Authenticate": both})))
        assert await repository(client).resolve("1")
        assert len(issuer.issued) == 1
