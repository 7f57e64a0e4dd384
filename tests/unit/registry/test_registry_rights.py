"""Rights on some repositories alone: right credentials are never called wrong for the others."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

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
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import DeniedError, NotFoundError, UnauthorizedError
from reposync.registry.catalog import list_repositories

if TYPE_CHECKING:
    from collections.abc import Callable

LOGIN = Credentials("robot", "right", "environment variables U and P")
WRONG = Credentials("robot", "wrong", "environment variables U and P")
GRAPH = images.image("x")
OURS, THEIRS = "team/app", "other/app"
ROBOT = Account("robot", "right", repositories="team/*")
READER = Account("robot", "right", frozenset({"pull"}))
PULL = frozenset({"pull"})
HANDFUL = 5
STRICT_ROOT = BasicAuth((ROBOT,), denial=401, root="nobody")
OPEN_ROOT = BasicAuth((ROBOT,), denial=401, root="everybody")
KNOWN_ROOT = BasicAuth((ROBOT,), denial=401)


def harbor(*accounts: Account) -> TokenAuth:
    return TokenAuth(TokenIssuer(accounts), harbor=True)


AUTHS: dict[str, Callable[[], BasicAuth | TokenAuth]] = {
    "a root that refuses everybody": lambda: STRICT_ROOT,
    "a root that is open to everybody": lambda: OPEN_ROOT,
    "a root that is open to users": lambda: KNOWN_ROOT,
    "403": lambda: BasicAuth((ROBOT,)),
    "tokens": lambda: TokenAuth(TokenIssuer([ROBOT])),
    "tokens for what is allowed alone": lambda: TokenAuth(TokenIssuer([ROBOT], strict=True)),
    "harbor": lambda: harbor(ROBOT),
}
KINDS = pytest.mark.parametrize("kind", list(AUTHS))


def filled(auth: BasicAuth | TokenAuth, *more: str) -> FakeRegistry:
    registry = FakeRegistry(Options(auth=auth))
    for name in (OURS, THEIRS, *more):
        images.fill(registry.repository(name), GRAPH, "1")
    return registry


def shown(registry: FakeRegistry, who: Credentials) -> int:
    """Count the requests that bore the password of *who*."""
    return sum(who.basic() in each.headers.values() for each in registry.requests())


async def chunks(content):
    yield content


@KINDS
async def test_a_repository_that_is_allowed_is_read_and_written_whatever_the_root_says(kind):
    blob = images.blob("new")
    async with filled(AUTHS[kind]()) as registry, opened(registry, LOGIN) as client:
        assert await repository(client, OURS).resolve("1")
        await repository(client, OURS).push_blob(blob.descriptor, chunks(blob.content))


@KINDS
async def test_a_repository_that_is_denied_spoils_no_other_and_is_named(kind):
    async with filled(AUTHS[kind]()) as registry, opened(registry, LOGIN) as client:
        assert await repository(client, OURS).resolve("1")
        for _ in range(2):
            with pytest.raises(DeniedError, match=THEIRS):
                await repository(client, THEIRS).resolve("1")
            assert await repository(client, OURS).resolve("1")


@KINDS
async def test_a_repository_that_is_denied_first_spoils_no_other(kind):
    async with filled(AUTHS[kind]()) as registry, opened(registry, LOGIN) as client:
        with pytest.raises((DeniedError, UnauthorizedError)):
            await repository(client, THEIRS).resolve("1")
        assert await repository(client, OURS).resolve("1")
        with pytest.raises(DeniedError, match=THEIRS):
            await repository(client, THEIRS).resolve("1")


@pytest.mark.parametrize("auth", [KNOWN_ROOT, BasicAuth((ROBOT,))])
async def test_any_number_of_denied_repositories_spoils_no_other_where_the_root_knows_the_user(
    auth,
):
    async with filled(auth) as registry, opened(registry, LOGIN) as client:
        for number in range(10):
            with pytest.raises(DeniedError, match=f"other/{number}"):
                await repository(client, f"other/{number}").resolve("1")
        assert await repository(client, OURS).resolve("1")


@KINDS
async def test_a_wrong_password_is_sent_a_handful_of_times_for_any_number_of_repositories(kind):
    async with filled(AUTHS[kind]()) as registry, opened(registry, WRONG) as client:
        ended = await asyncio.gather(
            *(repository(client, f"team/{number}").resolve("1") for number in range(130)),
            return_exceptions=True,
        )
        assert {type(each) for each in ended} == {UnauthorizedError}
        assert {str(each) for each in ended} == {
            f"{registry.host} does not accept the user and password"
        }
        (hint,) = {each.hint for each in ended if isinstance(each, UnauthorizedError)}
        assert "environment variables U and P" in (hint or "")
        assert shown(registry, WRONG) <= HANDFUL


@KINDS
async def test_a_wrong_password_is_sent_twice_at_most_for_one_repository(kind):
    async with filled(AUTHS[kind]()) as registry, opened(registry, WRONG) as client:
        ended = await asyncio.gather(
            *(repository(client, OURS).resolve(f"{tag}") for tag in range(130)),
            return_exceptions=True,
        )
        assert {type(each) for each in ended} == {UnauthorizedError}
        assert shown(registry, WRONG) <= 2


@pytest.mark.parametrize("root", ["known", "everybody"])
async def test_a_wrong_password_is_not_accepted_by_who_lets_everybody_read(root):
    auth = BasicAuth((ROBOT,), anonymous=PULL, is_lenient=True, denial=401, root=root)
    blob = images.blob("new")
    names = [f"team/{number}" for number in range(130)]
    async with filled(auth, *names) as registry, opened(registry, WRONG) as client:

        async def pushed(name: str) -> None:
            await repository(client, name).resolve("1")
            await repository(client, name).push_blob(blob.descriptor, chunks(blob.content))

        ended = await asyncio.gather(*map(pushed, names), return_exceptions=True)
        assert {str(each) for each in ended} == {
            f"{registry.host} does not accept the user and password"
        }
        assert (
            sum(WRONG.basic() in each.headers.values() for each in registry.requests("POST"))
            < HANDFUL
        )


@pytest.mark.parametrize("root", ["known", "everybody", "nobody"])
async def test_who_may_read_as_everybody_may_and_push_to_one_repository_pushes_there(root):
    auth = BasicAuth((ROBOT,), anonymous=PULL, is_lenient=True, denial=401, root=root)
    blob = images.blob("new")
    async with filled(auth) as registry, opened(registry, LOGIN) as client:
        assert await repository(client, THEIRS).resolve("1")
        with pytest.raises((DeniedError, UnauthorizedError)):
            await repository(client, THEIRS).push_blob(blob.descriptor, chunks(blob.content))
        await repository(client, OURS).push_blob(blob.descriptor, chunks(blob.content))
        with pytest.raises(DeniedError, match=f"no access to repository {THEIRS}"):
            await repository(client, THEIRS).push_blob(blob.descriptor, chunks(blob.content))


@pytest.mark.parametrize("auth", [STRICT_ROOT, OPEN_ROOT, KNOWN_ROOT])
async def test_who_may_only_read_is_denied_to_push_and_goes_on_reading(auth):
    readers = dataclasses.replace(auth, accounts=(READER,))
    blob = images.blob("new")
    names = [f"team/{number}" for number in range(10)]
    async with filled(readers, *names) as registry, opened(registry, LOGIN) as client:
        for name in names:
            assert await repository(client, name).resolve("1")
            with pytest.raises(DeniedError, match=f"no access to repository {name}"):
                await repository(client, name).push_blob(blob.descriptor, chunks(blob.content))


async def test_credentials_are_not_accepted_by_who_was_too_busy_to_judge_them():
    async with filled(STRICT_ROOT) as registry, opened(registry, WRONG) as client:
        registry.fail(Fault("HEAD", "/manifests/", Answer(503), times=2))
        ended = await asyncio.gather(
            *(repository(client, OURS).resolve("1") for _ in range(20)), return_exceptions=True
        )
        assert {type(each) for each in ended} == {UnauthorizedError}
        assert shown(registry, WRONG) <= HANDFUL


@pytest.mark.parametrize("auth", [STRICT_ROOT, OPEN_ROOT, KNOWN_ROOT])
async def test_a_password_that_is_changed_in_a_run_is_found_out_in_a_handful_of_requests(auth):
    names = [f"team/{number}" for number in range(100)]
    async with filled(auth, *names) as registry, opened(registry, LOGIN) as client:
        assert await repository(client, OURS).resolve("1")
        changed = dataclasses.replace(auth, accounts=(Account("robot", "changed"),))
        registry._state.options = dataclasses.replace(registry._state.options, auth=changed)
        registry.log.clear()
        for name in names:
            with pytest.raises(UnauthorizedError, match="no longer accepts the user and password"):
                await repository(client, name).resolve("1")
        assert shown(registry, LOGIN) <= HANDFUL


async def test_requests_go_beside_each_other_once_the_credentials_were_accepted():
    names = [f"team/{number}" for number in range(8)]
    async with filled(STRICT_ROOT, *names) as registry, opened(registry, LOGIN) as client:
        await repository(client, OURS).resolve("1")
        registry.log.clear()
        await asyncio.gather(*(repository(client, name).resolve("1") for name in names))
        assert len(registry.requests()) == len(names)


async def test_a_denied_repository_costs_one_request_for_each_tag_and_two_to_be_sure():
    async with filled(STRICT_ROOT) as registry, opened(registry, LOGIN) as client:
        await repository(client, OURS).resolve("1")
        registry.log.clear()
        for _ in range(10):
            with pytest.raises(DeniedError):
                await repository(client, THEIRS).resolve("1")
        assert len(registry.requests()) == 12


async def test_a_new_token_that_does_not_suffice_is_not_asked_for_again_at_once():
    auth = TokenAuth(TokenIssuer([ROBOT]))
    async with filled(auth) as registry, opened(registry, LOGIN) as client:
        with pytest.raises(DeniedError, match="no access to repository other/app"):
            await repository(client, THEIRS).resolve("1")
        assert len(registry.requests("GET", "/token")) == 1
        assert len(registry.requests("HEAD")) == 1


async def test_a_registry_that_asks_for_a_password_in_the_place_of_a_token_keeps_its_tokens():
    auth = harbor(ROBOT)
    async with filled(auth) as registry, opened(registry, LOGIN) as client:
        with pytest.raises(DeniedError, match=THEIRS):
            await repository(client, THEIRS).resolve("1")
        registry.log.clear()
        assert await repository(client, OURS).resolve("1")
        (head,) = registry.requests("HEAD")
        assert head.headers["Authorization"].startswith("Bearer ")
        auth.issuer.revoke_all()
        registry.log.clear()
        assert await repository(client, OURS).resolve("1")
        heads = registry.requests("HEAD")
        assert [each.headers["Authorization"].partition(" ")[0] for each in heads] == ["Bearer"] * 2


async def test_a_catalog_that_takes_a_password_alone_is_listed():
    async with filled(harbor(ROBOT)) as registry, opened(registry, LOGIN) as client:
        assert await repository(client, OURS).resolve("1")
        assert [name async for name in list_repositories(client)] == [THEIRS, OURS]


async def test_an_identity_token_is_denied_and_not_called_wrong_where_a_password_is_asked_for():
    identity = Credentials("", "", "docker's config.json", identity_token="right-token")
    issuer = TokenIssuer([ROBOT], identity_tokens={"right-token": "robot"})
    auth = TokenAuth(issuer, harbor=True)
    async with filled(auth) as registry, opened(registry, identity) as client:
        with pytest.raises(DeniedError, match=THEIRS):
            await repository(client, THEIRS).resolve("1")
        assert await repository(client, OURS).resolve("1")


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("kind", [BasicAuth, TokenAuth, None])
async def test_who_pulls_as_a_stranger_and_cannot_push_hears_that_there_are_no_credentials(
    kind, status
):
    blob = images.blob("new")
    auth = {
        BasicAuth: BasicAuth((READER,), anonymous=PULL),
        TokenAuth: TokenAuth(TokenIssuer([READER], anonymous=PULL)),
        None: None,
    }[kind]
    registry = FakeRegistry(Options(auth=auth))
    images.fill(registry.repository(OURS), GRAPH, "1")
    async with registry, opened(registry) as client:
        assert await repository(client, OURS).resolve("1")
        registry.fail(Fault("POST", "", Answer(status), times=None))
        kinds = (UnauthorizedError, DeniedError, NotFoundError)
        with pytest.raises(kinds, match=OURS) as caught:
            await repository(client, OURS).push_blob(blob.descriptor, chunks(blob.content))
        assert f"no credentials are configured for {registry.host}" in (caught.value.hint or "")
        assert "env_user and env_password" in (caught.value.hint or "")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_service_that_gives_strangers_nothing_says_that_there_are_no_credentials(
    status,
):
    async with filled(TokenAuth(TokenIssuer([ROBOT]))) as registry, opened(registry) as client:
        registry.fail(Fault("GET", "/token", Answer(status), times=None))
        with pytest.raises((UnauthorizedError, DeniedError)) as caught:
            await repository(client, OURS).resolve("1")
        assert f"no credentials are configured for {registry.host}" in (caught.value.hint or "")


async def test_credentials_that_a_registry_does_not_ask_for_are_named_where_it_denies():
    async with FakeRegistry() as registry, opened(registry, LOGIN) as client:
        registry.fail(Fault("HEAD", "", Answer(403), times=None))
        with pytest.raises(DeniedError) as caught:
            await repository(client, OURS).resolve("1")
        assert "did not ask for the user and password" in (caught.value.hint or "")
        assert "environment variables U and P" in (caught.value.hint or "")
