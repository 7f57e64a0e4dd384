"""Who we say we are to a registry: as little as it asks for, and as seldom."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from msgspec import structs
from tests import images
from tests.fakes.registry import (
    ALL_ACTIONS,
    Account,
    Answer,
    BasicAuth,
    FakeRegistry,
    Fault,
    Options,
    Stall,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import (
    DeniedError,
    LoginError,
    UnauthorizedError,
    UnavailableError,
)
from reposync.registry.auth.login_failure_cache import BELIEVED_S

ROBOT = Account("robot", "right")
READER = Account("reader", "right", frozenset({"pull"}))
PULL = frozenset({"pull"})
LOGIN = Credentials("robot", "right", "environment variables U and P")
WRONG = Credentials("robot", "wrong", "environment variables U and P")
GRAPH = images.image("x")
NAMES = ("team/app", "team/other")
IDENTITY = Credentials("", "", "docker's config.json", identity_token="right-token")


class ByRepository:
    """A source with an account for each repository, which may have another when one is refused."""

    def __init__(
        self, *accounts: Credentials | None, others: dict[str, Credentials | None]
    ) -> None:
        self._accounts = [*accounts]
        self._others = others
        self.refusals: list[Credentials] = []

    async def credentials(self, repository: str) -> Credentials | None:
        return self._others.get(repository, self._accounts[0])

    async def refused(self, credentials: Credentials) -> bool:
        self.refusals.append(credentials)
        if credentials == self._accounts[0] and len(self._accounts) > 1:
            del self._accounts[0]
        return credentials != self._accounts[0]


def renewing(*accounts: Credentials) -> ByRepository:
    return ByRepository(*accounts, others={})


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
async def test_a_wrong_password_is_shown_once_for_a_repository_and_once_at_the_root(auth):
    async with filled(auth) as registry, opened(registry, WRONG) as client:
        for _ in range(5):
            with pytest.raises(UnauthorizedError, match="does not accept the user and password"):
                await repository(client).resolve("1")
        shown = [each.path for each in registry.requests() if "Authorization" in each.headers]
        is_basic = isinstance(auth, BasicAuth)
        assert shown == (["/v2/team/app/manifests/1", "/v2/"] if is_basic else ["/token"])


@pytest.mark.parametrize(
    "auth",
    [BasicAuth((ROBOT,), anonymous=PULL), TokenAuth(TokenIssuer([ROBOT], anonymous=PULL))],
)
async def test_what_strangers_may_do_needs_no_credentials_and_the_rest_says_so(auth):
    blob = images.blob("new")
    async with filled(auth) as registry, opened(registry) as client:
        assert await repository(client).resolve("1")
        with pytest.raises(UnauthorizedError, match="requires credentials for team/app") as caught:
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


async def test_a_login_that_is_denied_is_shown_once_for_each_repository_and_told_as_suspect():
    denied = Answer(403, {}, b'{"errors": [{"code": "DENIED", "message": "denied"}]}')
    async with filled(TokenAuth(TokenIssuer([ROBOT]))) as registry, opened(registry, WRONG) as one:
        registry.fail(Fault("GET", "/token", denied, times=None))
        for name in NAMES * 5:
            with pytest.raises(DeniedError, match="DENIED") as caught:
                await repository(one, name).resolve("1")
            assert "check environment variables U and P" in (caught.value.hint or "")
        assert len(registry.requests("GET", "/token")) == len(NAMES)


@pytest.mark.parametrize("who", [LOGIN, None])
@pytest.mark.parametrize("names", [("team/app",), NAMES])
async def test_a_token_service_that_is_away_is_asked_for_all_who_wait_at_once(who, names):
    away = TokenAuth(TokenIssuer([ROBOT]))
    async with filled(away) as registry, opened(registry, who, tries=4) as client:
        registry.fail(Fault("GET", "/token", Answer(503), times=None))
        wanted = [repository(client, name).resolve("1") for name in names * 10]
        ended = await asyncio.gather(*wanted, return_exceptions=True)
        assert {type(each) for each in ended} == {UnavailableError}
        assert len(registry.requests("GET", "/token")) <= 4 * len(names)


async def test_a_token_service_that_was_away_is_asked_again_after_a_while():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        registry.fail(Fault("GET", "/token", Answer(503), times=3))
        for _ in range(2):
            with pytest.raises(UnavailableError):
                await repository(client).resolve("1")
        assert len(registry.requests("GET", "/token")) == 3
        now_s = asyncio.get_running_loop().time() + BELIEVED_S
        client._auth._tokens._login_failures._now_s = lambda: now_s
        assert await repository(client).resolve("1")


async def test_many_repositories_get_their_tokens_beside_each_other_once_the_first_has_one():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry, opened(registry, LOGIN) as client:
        await repository(client).resolve("1")
        stall = Stall(asyncio.Event())
        registry.fail(Fault("GET", "/token", stall))
        names = ("team/one", "team/two")
        tasks = {asyncio.create_task(repository(client, name).resolve("1")) for name in names}
        done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == len(waiting) == 1
        stall.released.set()
        await asyncio.wait(waiting)


async def test_each_repository_is_asked_for_by_the_account_that_its_source_gives():
    issuer = TokenIssuer([ROBOT, READER])
    reader = Credentials("reader", "right", "podman's auth.json")
    source = ByRepository(LOGIN, others={NAMES[1]: reader, "team/public": None})
    async with filled(TokenAuth(issuer)) as registry, opened(registry, source) as client:
        for name in NAMES:
            await repository(client, name).resolve("1")
        assert [token.user for token in issuer.issued] == ["robot", "reader"]
        with pytest.raises(UnauthorizedError, match="requires credentials for team/public"):
            await repository(client, "team/public").resolve("1")


@pytest.mark.parametrize("kind", [BasicAuth, TokenAuth])
async def test_a_wrong_account_of_one_repository_keeps_no_other_out(kind):
    auth = BasicAuth((ROBOT,)) if kind is BasicAuth else TokenAuth(TokenIssuer([ROBOT]))
    source = ByRepository(LOGIN, others={NAMES[1]: WRONG})
    async with filled(auth) as registry, opened(registry, source) as client:
        for _ in range(2):
            with pytest.raises(UnauthorizedError, match="does not accept the user and password"):
                await repository(client, NAMES[1]).resolve("1")
            assert await repository(client, NAMES[0]).resolve("1")


@pytest.mark.parametrize("kind", [BasicAuth, TokenAuth])
async def test_a_password_that_is_refused_is_taken_anew_from_its_source(kind):
    auth = BasicAuth((ROBOT,)) if kind is BasicAuth else TokenAuth(TokenIssuer([ROBOT]))
    source = renewing(WRONG, LOGIN)
    async with filled(auth) as registry, opened(registry, source) as client:
        ended = await asyncio.gather(*(repository(client).resolve("1") for _ in range(10)))
        assert all(ended)
        assert WRONG in source.refusals
        wrong = [each for each in registry.requests() if WRONG.basic() in each.headers.values()]
        assert len(wrong) <= 2


async def test_a_password_that_expires_in_a_run_is_taken_anew_and_nothing_fails():
    source = renewing(LOGIN, Credentials("robot", "later", "docker-credential-x"))
    async with filled(BasicAuth((ROBOT,))) as registry, opened(registry, source) as client:
        assert await repository(client).resolve("1")
        known_now = BasicAuth((Account("robot", "later"),))
        registry._state.options = dataclasses.replace(registry._state.options, auth=known_now)
        blob = images.blob("new")
        await repository(client).push_blob(blob.descriptor, chunks(blob.content))
        assert await repository(client).resolve("1")
        assert source.refusals


async def test_an_identity_token_gets_its_tokens_by_post_and_is_shown_nowhere_else():
    issuer = TokenIssuer([ROBOT], identity_tokens={"right-token": "robot"})
    async with filled(TokenAuth(issuer)) as registry, opened(registry, IDENTITY) as client:
        await repository(client).resolve("1")
        (asked,) = registry.requests("POST", "/token")
        assert asked.query == ""
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert [token.user for token in issuer.issued] == ["robot"]
        shown = [each.headers.get("Authorization", "") for each in registry.requests()]
        assert not any("Basic" in each or "right-token" in each for each in shown)


async def test_an_identity_token_that_is_wrong_is_shown_once():
    issuer = TokenIssuer([ROBOT], identity_tokens={"other": "robot"})
    async with filled(TokenAuth(issuer)) as registry, opened(registry, IDENTITY) as client:
        for name in NAMES:
            with pytest.raises(UnauthorizedError, match="does not accept the identity token"):
                await repository(client, name).resolve("1")
        assert len(registry.requests("POST", "/token")) == 1


@pytest.mark.parametrize("status", [404, 405])
async def test_where_identity_tokens_are_not_taken_a_password_beside_one_is_used(status):
    issuer = TokenIssuer([ROBOT])
    both = structs.replace(LOGIN, identity_token="right-token")
    async with filled(TokenAuth(issuer)) as registry, opened(registry, both) as client:
        registry.fail(Fault("POST", "/token", Answer(status), times=None))
        for name in NAMES:
            assert await repository(client, name).resolve("1")
        assert len(registry.requests("POST", "/token")) == 1


async def test_an_identity_token_alone_is_of_no_use_where_none_is_taken_and_that_is_told():
    tokens = TokenAuth(TokenIssuer([ROBOT]))
    async with filled(tokens) as registry, opened(registry, IDENTITY) as client:
        with pytest.raises(UnauthorizedError, match="takes no identity token") as caught:
            await repository(client).resolve("1")
        assert "docker's config.json" in (caught.value.hint or "")
    async with filled(BasicAuth((ROBOT,))) as registry, opened(registry, IDENTITY) as client:
        with pytest.raises(UnauthorizedError, match="takes no identity token"):
            await repository(client).resolve("1")
        assert all("Authorization" not in each.headers for each in registry.requests())


async def test_a_registry_token_is_shown_as_it_is_and_asks_for_no_other():
    issuer = TokenIssuer([ROBOT])
    async with filled(TokenAuth(issuer)) as registry:
        async with opened(registry, LOGIN) as client:
            await repository(client).resolve("1")
            (token,) = issuer._tokens
        for value, accepted in ((token, True), ("wrong", False)):
            known = Credentials("", "", "docker's config.json", registry_token=value)
            async with opened(registry, known) as client:
                if accepted:
                    assert await repository(client).resolve("1")
                else:
                    for _ in range(3):
                        with pytest.raises(UnauthorizedError, match="accept the registry token"):
                            await repository(client).resolve("1")
        assert len(issuer.issued) == 1
        wrong = [each for each in registry.requests() if "wrong" in str(each.headers)]
        assert len(wrong) == 2


async def test_a_login_that_cannot_be_had_is_told_and_nobody_is_asked_as_a_stranger():
    class Broken:
        async def credentials(self, repository: str) -> Credentials | None:
            raise LoginError(f"docker-credential-x failed for {repository}")

        async def refused(self, credentials: Credentials) -> bool:
            raise AssertionError(credentials)

    async with filled(BasicAuth((ROBOT,), anonymous=PULL)) as registry:
        async with opened(registry, Broken()) as client:
            with pytest.raises(LoginError, match="docker-credential-x failed for team/app"):
                await repository(client).resolve("1")
        assert [each.path for each in registry.requests()] == ["/v2/"]
