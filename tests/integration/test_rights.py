"""Rights on some repositories alone, at real registries, in whole runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.fakes.registry import FakeRegistry
from tests.integration.sites import sync
from tests.servers.docker_registry import docker_registry
from tests.servers.recorder import recording
from tests.servers.token_server import TokenServer, serving

from reposync.config.model import Config, Registry, Rule, Source, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.sites import Ran
    from tests.servers.docker_registry import DockerRegistry, Login
    from tests.servers.olareg import Olareg

TAGS = tuple(f"{number}" for number in range(130))
GRAPH = images.image("rights")
DENIED = "no access to repository"
WRONG = "does not accept the user and password"
HANDFUL = 5


def environ(login: Login, password: str = "") -> dict[str, str]:
    return {"U": login.user, "P": password or login.password}


def file_of(here: str, there: str, *repositories: str, tags: tuple[str, ...] = ("1",)) -> Config:
    """Copy ``app`` to each of *repositories*, whose registry wants the login."""
    rules = tuple(Rule(destination="there", repository=name, tags=tags) for name in repositories)
    registries = {
        "here": Registry(url=here, skip_tls_verify=True),
        "there": Registry(url=there, skip_tls_verify=True, env_user="U", env_password="P"),
    }
    stage = Stage(source=Source(source="here", repository="app"), rules=rules)
    return Config(registries=registries, stages=(stage,))


async def copied(
    there: str,
    login: Login,
    *repositories: str,
    tags: tuple[str, ...] = ("1",),
    password: str = "",
) -> Ran:
    async with FakeRegistry() as here:
        images.fill(here.repository("app"), GRAPH, *tags)
        file = file_of(here.host, there, *repositories, tags=tags)
        return await sync(file, environ(login, password))


@contextmanager
def token_registry_of_a_team(directory: Path, login: Login) -> Iterator[DockerRegistry]:
    """Run a registry whose token service gives tokens without access outside of ``team/``."""
    tokens = TokenServer(login)
    tokens.repositories = "team/"
    with (
        serving(tokens),
        docker_registry(directory, login=login, tokens=tokens) as registry,
    ):
        yield registry


async def test_olareg_with_rights_on_one_repository_takes_it_and_denies_the_others(
    olareg_of_a_team: Olareg, login: Login
):
    ran = await copied(olareg_of_a_team.host, login, "team/app", "other/app")
    assert {place.rpartition(":")[0]: str(one.status) for place, one in ran.outcomes.items()} == {
        f"{olareg_of_a_team.host}/team/app": "copied",
        f"{olareg_of_a_team.host}/other/app": "failed",
    }


async def test_olareg_with_rights_on_one_repository_gives_what_is_there(
    olareg_of_a_team: Olareg, login: Login
):
    await copied(olareg_of_a_team.host, login, "team/source")
    registries = {
        "here": Registry(
            url=olareg_of_a_team.host, skip_tls_verify=True, env_user="U", env_password="P"
        ),
    }
    async with FakeRegistry() as there:
        registries["there"] = Registry(url=there.host, skip_tls_verify=True)
        stage = Stage(
            source=Source(source="here", repository="team/source"),
            rules=(Rule(destination="there", repository="app"),),
        )
        ran = await sync(Config(registries=registries, stages=(stage,)), environ(login))
    assert str(ran.only().status) == "copied"


async def test_olareg_says_of_a_denied_repository_that_it_is_denied_once_the_user_is_known(
    olareg_of_a_team: Olareg, login: Login
):
    await copied(olareg_of_a_team.host, login, "team/known")
    ran = await copied(olareg_of_a_team.host, login, "team/known", "other/app")
    (failure,) = ran.summary.failures
    assert DENIED in failure.sentence or WRONG in failure.sentence
    assert "environment variables U and P" in (failure.hint or "")


@pytest.mark.parametrize("names", [("team/app",), tuple(f"team/{n}" for n in range(20))])
@pytest.mark.parametrize("kind", ["olareg_of_a_team", "htpasswd_registry"])
async def test_a_wrong_password_costs_a_handful_of_requests_for_130_tags(
    login: Login, request: pytest.FixtureRequest, kind: str, names: tuple[str, ...]
):
    registry = request.getfixturevalue(kind)
    shown = 0

    def count(_method: str, _target: str) -> None:
        nonlocal shown
        shown += 1

    with recording(registry.url) as recorder:
        recorder.on_asked = count
        ran = await copied(recorder.host, login, *names, tags=TAGS, password="wrong-secret")
    assert len(ran.summary.failures) == len(TAGS) * len(names)
    assert {failure.host_cause for failure in ran.summary.failures} == {f"{recorder.host} {WRONG}"}
    (hint,) = {failure.hint for failure in ran.summary.failures}
    assert "environment variables U and P" in (hint or "")
    assert "wrong-secret" not in repr(ran.summary)
    assert shown <= HANDFUL + 3  # with those that look for TLS and for what is asked for


async def test_a_token_without_the_access_that_was_asked_for_is_a_denial(
    tmp_path: Path, login: Login
):
    with token_registry_of_a_team(tmp_path, login) as registry:
        ran = await copied(registry.host, login, "other/app", "team/app")
        statuses = {place.split("/")[1]: str(one.status) for place, one in ran.outcomes.items()}
        assert statuses == {"other": "failed", "team": "copied"}
        (failure,) = ran.summary.failures
        assert f"{DENIED} other/app at {registry.host}" in failure.sentence
        assert failure.hint == "check the rights of the user from environment variables U and P"


async def test_a_stranger_who_may_pull_but_not_push_hears_that_there_are_no_credentials(
    token_registry: DockerRegistry,
):
    async with FakeRegistry() as here:
        images.fill(here.repository("app"), GRAPH, "1")
        file = file_of(here.host, token_registry.host, "strange/app")
        ran = await sync(file, {"U": "", "P": ""})
    (failure,) = ran.summary.failures
    assert "requires credentials for strange/app" in failure.sentence
    assert f"no credentials are configured for {token_registry.host}" in (failure.hint or "")
