"""Who the user is at a host, and what becomes of a login that is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.fakes.clock import ManualClock
from tests.unit.logins.homes import packed

from reposync.credentials import Credentials, First, Fixed
from reposync.errors import LoginError
from reposync.logins.found_logins import AGAIN_AFTER_S, HelperCache
from reposync.logins.logins import Logins
from reposync.logins.source import LoginSource

if TYPE_CHECKING:
    from tests.unit.logins.homes import Home

    from reposync.credentials import CredentialSource

HOST = "r.example"
HUB_KEY = "https://index.docker.io/v1/"


async def user(home: Home, host: str = HOST, repository: str = "team/app") -> str:
    """Return the user that a host's repository gets, empty for nobody."""
    found = (await Logins(home.environ).find(host, repository)).credentials
    return found.user if found else ""


async def test_a_helper_for_the_host_beats_one_for_all_which_beats_what_is_written(home: Home):
    home.answering("own", "own", "x")
    home.answering("all", "all", "x")
    home.docker(auths={HOST: packed("written", "x")}, credsStore="all", credHelpers={HOST: "own"})
    assert await user(home) == "own"
    assert await user(home, "s.example") == "all"
    home.docker(auths={HOST: packed("written", "x")}, credsStore="all")
    assert await user(home) == "all"
    home.docker(auths={HOST: packed("written", "x")})
    assert await user(home) == "written"


@pytest.mark.parametrize("script", ["echo credentials not found in native keychain; exit 1"])
async def test_what_a_helper_does_not_know_is_looked_for_behind_it(home: Home, script):
    home.helper("all", script)
    home.docker(auths={HOST: packed("written", "x")}, credsStore="all")
    assert await user(home) == "written"
    home.docker(credsStore="all")
    home.write("run/containers/auth.json", {"auths": {HOST: packed("podman", "x")}})
    assert await user(home) == "podman"


async def test_a_host_can_be_kept_from_the_helper_for_all(home: Home):
    home.answering("all", "all", "x")
    home.docker(auths={HOST: packed("written", "x")}, credsStore="all", credHelpers={HOST: ""})
    assert await user(home) == "written"
    assert home.asked("all") == []


@pytest.mark.parametrize(
    ("keys", "server"),
    [
        ({}, HUB_KEY),
        ({HUB_KEY: {}}, HUB_KEY),
        ({"docker.io": {}}, "docker.io"),
        ({"docker.io/library": {}}, HUB_KEY),
    ],
)
async def test_a_helper_is_asked_for_docker_hub_by_the_key_that_it_is_kept_under(
    home: Home, keys, server
):
    home.answering("all", "me", "x")
    home.docker(auths=keys, credsStore="all")
    assert await user(home, "docker.io", "library/alpine") == "me"
    assert home.asked("all") == [f"get {server}"]


async def test_the_longest_key_wins_and_hosts_differ(home: Home):
    home.docker(
        auths={
            HOST: packed("host", "x"),
            f"{HOST}/team": packed("team", "x"),
            f"{HOST}/team/app": packed("app", "x"),
            f"{HOST}/team/empty": {},
        }
    )
    names = ["", "other", "team/x", "team/app", "team/app/deep", "team/empty"]
    found = [await user(home, HOST, name) for name in names]
    assert found == ["host", "host", "team", "app", "app", "team"]
    assert await user(home, "s.example") == ""


async def test_a_helper_that_fails_for_a_host_that_it_is_named_for_is_an_error(home: Home):
    home.helper("own", "exit 1")
    home.write("run/containers/auth.json", {"auths": {HOST: packed("podman", "x")}})
    for content in (
        {"credHelpers": {HOST: "own"}},
        {"credsStore": "own", "auths": {HOST: {}}},
    ):
        home.docker(**content)
        with pytest.raises(LoginError, match=r"docker-credential-own failed for r\.example"):
            await user(home)


async def test_a_helper_for_all_that_fails_is_a_warning(home: Home, caplog):
    home.helper("all", "exit 1")
    home.docker(credsStore="all", auths={"s.example": {}})
    logins = Logins(home.environ)
    for host in (HOST, HOST, "t.example"):
        assert (await logins.find(host, "a")).credentials is None
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        "docker-credential-all failed for r.example with exit code 1; continuing without its "
        "logins; run `echo r.example | docker-credential-all get` to see its output"
    )
    assert len(home.asked("all")) == 2


async def test_a_helper_that_is_not_installed_does_not_keep_strangers_out(home: Home, caplog):
    home.docker(credsStore="desktop")
    assert await user(home) == ""
    (record,) = caplog.records
    assert "docker-credential-desktop, which docker's config.json" in record.getMessage()


def opened(home: Home, clock: ManualClock) -> LoginSource:
    helpers = HelperCache(home.environ, now_s=clock)
    return LoginSource(Logins(home.environ, helpers=helpers, now_s=clock), HOST, now_s=clock)


async def given(source: CredentialSource, repository: str = "team/app") -> Credentials:
    found = await source.credentials(repository)
    assert found
    return found


async def test_a_refused_secret_is_asked_for_once_more_for_all(home: Home):
    home.answering("own", "me", "old")
    home.docker(credHelpers={HOST: "own"})
    source = opened(home, ManualClock())
    old = await given(source)
    home.answering("own", "me", "new")
    heard = await asyncio.gather(*(source.refused(old) for _ in range(10)))
    assert heard == [True] * 10
    assert (await given(source)).password == "new"
    assert (await given(source, "team/other")).password == "new"
    assert len(home.asked("own")) == 2


async def test_the_same_secret_again_is_final_for_a_while(home: Home):
    clock = ManualClock()
    home.answering("own", "me", "wrong")
    home.docker(credHelpers={HOST: "own"})
    source = opened(home, clock)
    wrong = await given(source)
    assert [await source.refused(wrong) for _ in range(3)] == [False] * 3
    assert len(home.asked("own")) == 2
    clock.advance(AGAIN_AFTER_S)
    home.answering("own", "me", "right")
    assert await source.refused(wrong)
    assert (await given(source)).password == "right"


async def test_ever_new_wrong_secrets_come_to_an_end(home: Home):
    home.helper("own", 'printf \'{"Username": "me", "Secret": "%s"}\' "$$"')
    home.docker(credHelpers={HOST: "own"})
    source = opened(home, ManualClock())
    assert await source.refused(await given(source))
    assert not await source.refused(await given(source))
    assert len(home.asked("own")) == 2


async def test_a_login_that_was_made_meanwhile_is_found(home: Home):
    home.docker(auths={HOST: packed("me", "old")})
    source = opened(home, ManualClock())
    old = await given(source)
    home.docker(auths={HOST: packed("me", "new")})
    assert await given(source) == old
    assert await source.refused(old)
    assert (await given(source)).password == "new"


async def test_what_others_gave_is_none_of_its_business(home: Home):
    home.docker(auths={HOST: packed("me", "x")})
    source = opened(home, ManualClock())
    assert not await source.refused(Credentials("me", "x", "elsewhere"))
    first = First(Fixed(None), source, Fixed(Credentials("never", "x")))
    assert (await given(first)).user == "me"
    assert not await first.refused(Credentials("never", "x"))
