"""Pulls that a registry allows: read from its answers, told, and kept back."""

from __future__ import annotations

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    AlterHeaders,
    Answer,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.registry.clients import opened, repository

from reposync.credentials import Credentials
from reposync.errors import QuotaError
from reposync.registry.auth.tokens import Scope
from reposync.registry.host_state import HostState
from reposync.registry.throttle.pull_quota import Allowance, Quota, allowance

IMAGE = images.image("hub")


@pytest.mark.parametrize(
    ("limit", "remaining", "expected"),
    [
        ("100;w=21600", "76;w=21600", Allowance(76, 100, 21600)),
        ("200 ; w=21600", " 0;w=21600 ", Allowance(0, 200, 21600)),
        ("100", "5", Allowance(5, 100, 0)),
        ("", "5;w=1", None),
        ("100;w=21600", "many", None),
        ("100;w=21600", "-5;w=21600", None),
        ("99999999999", "1", None),
    ],
)
def test_an_allowance_is_read_as_it_is_told(limit, remaining, expected):
    headers = {"RateLimit-Limit": limit, "RateLimit-Remaining": remaining}
    assert allowance(headers) == expected


def headers(remaining, limit=100):
    return {"RateLimit-Limit": f"{limit};w=21600", "RateLimit-Remaining": f"{remaining};w=21600"}


def told(remaining):
    return Allowance(remaining, 100, 21600)


def test_what_is_kept_back_is_not_pulled_and_pulls_under_way_count():
    quota = Quota("docker.io")
    quota.begin(20)
    quota.observe(told(22))
    quota.begin(20)
    with pytest.raises(QuotaError) as caught:
        quota.begin(20)
    assert str(caught.value) == (
        "docker.io allows 22 more pulls, and 20 are kept back by hub_reserve"
    )
    assert caught.value.hint == "run again in 6 h at the latest; what was copied stays"
    quota.end()
    quota.begin(20)


def test_without_a_reserve_all_are_pulled():
    quota = Quota("docker.io")
    quota.observe(told(0))
    quota.begin()


def test_that_few_are_left_is_told_once(caplog):
    quota = Quota("docker.io")
    for remaining in (50, 9, 8, 7):
        quota.observe(told(remaining))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "docker.io allows 9 more pulls"
    ]


async def test_a_look_is_no_pull():
    async with FakeRegistry() as registry, opened(registry) as client:
        images.fill(registry.repository("team/app"), IMAGE, "1")
        client.hub_reserve = 20
        answer = Answer(404, headers(20))
        registry.fail(Fault("HEAD", "/manifests/", answer))
        app = repository(client)
        assert await app.resolve("2") is None
        assert (await client.quota(Scope("team/app"))).told == Allowance(20, 100, 21600)
        assert await app.resolve("1") is not None
        with pytest.raises(QuotaError):
            await app.fetch_manifest("1")


@pytest.mark.parametrize("other", ["me", "somebody else", None])
async def test_a_quota_is_that_of_an_account_whichever_client_has_it(other):
    accounts = tuple(Account(user, "right") for user in ("me", "somebody else"))
    issuer = TokenIssuer(accounts, anonymous=frozenset({"pull"}))
    async with FakeRegistry(Options(auth=TokenAuth(issuer))) as registry:
        images.fill(registry.repository("team/app"), IMAGE, "1")
        state = HostState(registry.host)
        who = other and Credentials(other, "right")
        async with (
            opened(registry, Credentials("me", "right"), state=state) as client,
            opened(registry, who, state=state) as another,
        ):
            registry.fail(Fault("HEAD", "/manifests/", AlterHeaders(headers(20))))
            for each in (client, another):
                each.hub_reserve = 20
                assert await repository(each).resolve("1") is not None
            with pytest.raises(QuotaError):
                await repository(client).fetch_manifest("1")
            is_refused = False
            try:
                await repository(another).fetch_manifest("1")
            except QuotaError:
                is_refused = True
            assert is_refused is (other == "me")
            assert repository(another).counts_pulls


async def test_each_client_keeps_back_as_many_pulls_of_an_account_as_it_is_told():
    async with FakeRegistry() as registry:
        images.fill(registry.repository("team/app"), IMAGE, "1")
        state = HostState(registry.host)
        async with opened(registry, state=state) as client, opened(registry, state=state) as other:
            client.hub_reserve = 20
            registry.fail(Fault("HEAD", "/manifests/", AlterHeaders(headers(20))))
            assert await repository(other).resolve("1") is not None
            assert await repository(other).fetch_manifest("1")
            with pytest.raises(QuotaError):
                await repository(client).fetch_manifest("1")
