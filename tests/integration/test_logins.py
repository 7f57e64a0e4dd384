"""Logins of docker and podman in whole runs: written by other tools, used at real registries."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests import images
from tests.development import ROOT
from tests.e2e.command import run
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
from tests.integration.sites import sync
from tests.servers import environment, packages
from tests.unit.logins.homes import Home, packed

from reposync.config.model import Config, Registry, Rule, Source, Stage

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = images.image("logins")
LARGE = images.image("large", layers=1, layer_bytes=6_000_000)
PULL = frozenset({"pull"})
NAMES = ("env", "docker")
KNOWN = BasicAuth(tuple(Account(name, "x") for name in NAMES), anonymous=PULL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home in which nothing is kept yet."""
    return Home.at(tmp_path)


def file_of(registries: dict[str, Registry], *to: str) -> Config:
    """Copy ``team/app`` from ``source`` to ``copy/KEY`` at the registries of the keys *to*."""
    rules = tuple(Rule(destination=key, repository=f"copy/{key}") for key in to)
    stage = Stage(source=Source(source="source", repository="team/app"), rules=rules)
    return Config(registries=registries, stages=(stage,))


def at(registry: FakeRegistry, **keys: Any) -> Registry:
    return Registry(url=registry.host, skip_tls_verify=True, **keys)


def users(registry: FakeRegistry) -> set[str]:
    """Tell who was shown to *registry*; empty for nobody."""
    shown = [each.headers.get("Authorization", "Basic ") for each in registry.requests()]
    pairs = [base64.b64decode(each.removeprefix("Basic ")).decode() for each in shown]
    return {pair.partition(":")[0] for pair in pairs}


def copied(source: str, there: str, repository: str, home: Home, **environ: str):
    """Copy ``team/app`` from one real registry to another by the command, and tell all of it."""
    registries = {
        "source": {"url": source, "skip-tls-verify": True},
        "there": {"url": there, "skip-tls-verify": True},
    }
    stage = {
        "from": {"source": "source", "repository": "team/app"},
        "to": [{"destination": "there", "repository": repository}],
    }
    file = home.write("sync.json", {"registries": registries, "stages": [stage]})
    every: dict[str, Any] = {**home.environ, "REPOSYNC_LEDGER": "", **environ}
    return run("-c", str(file), "-v", **every)


@pytest.mark.parametrize("kind", ["htpasswd_registry", "token_registry"])
def test_what_skopeo_logged_in_is_used(plain_registry, login, home, request, kind):
    there = request.getfixturevalue(kind)
    images.push_graph(plain_registry.url, "team/app", GRAPH, "1")
    auth_file = home.root / "auth.json"
    command = [packages.require("skopeo"), "login", "--tls-verify=false"]
    subprocess.run(
        [*command, f"--authfile={auth_file}", "-u", login.user, "--password-stdin", there.host],
        input=login.password,
        env=environment.clean(),
        text=True,
        check=True,
        capture_output=True,
    )
    done = copied(
        plain_registry.host, there.host, "skopeo", home, REGISTRY_AUTH_FILE=str(auth_file)
    )
    assert done.returncode == 0, done.stderr
    assert f"there ({there.host}): user and password from the auth file (" in done.stderr
    assert f"source ({plain_registry.host})" not in done.stderr
    for secret in (login.password, json.loads(auth_file.read_text())["auths"][there.host]["auth"]):
        assert secret not in done.stdout + done.stderr


def test_an_identity_token_of_a_helper_opens_a_real_registry(
    plain_registry, token_registry, token_server, login, home, monkeypatch
):
    images.push_graph(plain_registry.url, "team/app", GRAPH, "1")
    monkeypatch.setitem(token_server.identity_tokens, "identity-of-tests", login.user)
    home.answering("tests", "<token>", "identity-of-tests")
    home.docker(credHelpers={token_registry.host: "tests"})
    done = copied(plain_registry.host, token_registry.host, "identity", home)
    assert done.returncode == 0, done.stderr
    assert home.asked("tests") == [f"get {token_registry.host}"]
    assert "identity token from docker-credential-tests, named in docker's config" in done.stderr
    assert "identity-of-tests" not in done.stdout + done.stderr


def test_a_helper_that_fails_is_told_as_one_failure_of_the_host(
    plain_registry, htpasswd_registry, home
):
    for tag in ("1", "2", "3"):
        images.push_graph(plain_registry.url, "team/app", GRAPH, tag)
    home.helper("tests", "exit 1")
    home.docker(credHelpers={htpasswd_registry.host: "tests"})
    done = copied(plain_registry.host, htpasswd_registry.host, "fails", home)
    assert done.returncode == 1
    assert len(home.asked("tests")) == 1
    assert "docker-credential-tests failed for" in done.stdout
    assert done.stdout.count("docker-credential-tests failed for") == 1
    assert "Traceback" not in done.stderr


def test_a_file_is_checked_without_looking_at_logins(home):
    home.helper("tests", "exit 1")
    home.docker(credsStore="tests")
    home.write("run/containers/auth.json", "{broken")
    registries = {"a": {"url": "a.example"}, "b": {"url": "b.example"}}
    stage = {
        "from": {"source": "a", "repository": "x"},
        "to": [{"destination": "b", "repository": "y"}],
    }
    file = home.write("sync.json", {"registries": registries, "stages": [stage]})
    environ = home.environ | {"REGISTRY_AUTH_FILE": "/absent"}
    done = run("-c", str(file), "--verify-only", "-v", **environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert home.asked("tests") == []


def test_a_password_can_stand_in_a_file_that_a_variable_names(htpasswd_registry, login, home):
    secret = home.write("secret", f"{login.password}\n")
    registry = {"url": htpasswd_registry.host, "skip-tls-verify": True}
    named = registry | {"env_user": "U", "env_password": "P"}
    stage = {
        "from": {"source": "there", "repository": "absent"},
        "to": [{"destination": "there", "repository": "y", "tags": ["1"]}],
    }
    file = home.write("sync.json", {"registries": {"there": named}, "stages": [stage]})
    found = run("-c", str(file), "-v", **home.environ, U=login.user, P_FILE=str(secret))
    assert "there is no such tag" in found.stdout or "not found" in found.stdout, found.stdout
    assert "user and password from environment variables U and P_FILE" in found.stderr
    lacking = run("-c", str(file), **home.environ, U=login.user, P_FILE="/absent")
    assert lacking.returncode == 2
    assert "registries.there.env_password: the file `/absent` of `P_FILE` cannot be read" in (
        lacking.stderr
    )


async def test_variables_come_first_then_logins_then_nobody_and_each_is_told_once(home, caplog):
    caplog.set_level(logging.DEBUG, "reposync.login")
    async with FakeRegistry() as source, FakeRegistry(Options(auth=KNOWN)) as there:
        images.fill(source.repository("team/app"), GRAPH, "1")
        home.docker(auths={there.host: packed("docker", "x")})
        registries = {
            "source": at(source),
            "by-env": at(there, env_user="U", env_password="P"),
            "by-docker": at(there),
            "by-nobody": at(there, credentials="none"),
            "by-empty": at(there, env_user="E", env_password="P"),
        }
        to = [*registries][1:]
        environ = home.environ | {"U": "env", "P": "x", "E": ""}
        ran = await sync(file_of(registries, *to), environ)
        assert {key: str(one.status) for key, one in by_key(ran.outcomes).items()} == {
            "by-env": "copied",
            "by-docker": "copied",
            "by-nobody": "failed",
            "by-empty": "failed",
        }
        assert users(there) == {"", "env", "docker"}
        file = f"docker's config.json ({home.root}/.docker/config.json)"
        lines = {record.getMessage() for record in caplog.records}
        assert lines == {
            f"by-env ({there.host}): user and password from environment variables U and P",
            f"by-docker ({there.host}): user and password from {file}",
            f"by-nobody ({there.host}): anonymous",
            f"by-empty ({there.host}): anonymous",
        }
        assert len(caplog.records) == len(lines)
    page = (ROOT / "docs" / "how-to" / "connect" / "credentials.md").read_text()
    shown = file.replace(str(home.root), "/home/me")
    assert f" debug   staging (staging:5000): user and password from {shown}\n" in page


def by_key(outcomes: dict[str, Any]) -> dict[str, Any]:
    return {name.rpartition("/")[2].partition(":")[0]: one for name, one in outcomes.items()}


async def test_a_broken_file_in_the_home_keeps_no_stranger_out(home, caplog):
    home.write(".docker/config.json", "{broken")
    auth = TokenAuth(TokenIssuer(anonymous=PULL))
    async with FakeRegistry(Options(auth=auth)) as source, FakeRegistry() as there:
        images.fill(source.repository("team/app"), GRAPH, "1")
        registries = {"source": at(source), "there": at(there)}
        ran = await sync(file_of(registries, "there"), home.environ)
        assert str(ran.only().status) == "copied"
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "config.json) is not JSON: line 1, column 2" in warnings[0]


async def test_a_repository_has_an_account_of_its_own(home):
    async with FakeRegistry() as source, FakeRegistry(Options(auth=KNOWN)) as there:
        images.fill(source.repository("team/app"), GRAPH, "1")
        auths = {
            there.host: packed("unknown", "x"),
            f"{there.host}/copy/there": packed("docker", "x"),
        }
        home.write("run/containers/auth.json", {"auths": auths})
        registries = {"source": at(source), "there": at(there)}
        ran = await sync(file_of(registries, "there"), home.environ)
        assert str(ran.only().status) == "copied"
        assert users(there) == {"", "docker"}


async def test_a_password_that_expires_in_a_run_is_asked_for_anew(home):
    async with FakeRegistry() as source, FakeRegistry(Options(auth=KNOWN)) as there:
        images.fill(source.repository("team/app"), LARGE, "1")
        home.helper("tests", _new_each_time(home))
        home.docker(credHelpers={there.host: "tests"})
        expired = Answer(401, {"WWW-Authenticate": "Basic realm=x"})
        there.fail(Fault("PUT", "/manifests/", expired))
        registries = {"source": at(source), "there": at(there)}
        ran = await sync(file_of(registries, "there"), home.environ)
        assert str(ran.only().status) == "copied"
        assert users(there) == {"", *NAMES}
        assert len(home.asked("tests")) == 2


def _new_each_time(home: Home) -> str:
    """Return the first name, then the second."""
    first, second = (json.dumps({"Username": name, "Secret": "x"}) for name in NAMES)
    mark = home.root / "mark"
    return f"if [ -e {mark} ]; then echo '{second}'; else touch {mark}; echo '{first}'; fi"


async def test_a_token_that_is_refused_in_the_middle_of_an_upload_costs_another_upload(home):
    issuer = TokenIssuer([Account("docker", "x")])
    options = Options(auth=TokenAuth(issuer))
    async with FakeRegistry() as source, FakeRegistry(options) as there:
        images.fill(source.repository("team/app"), LARGE, "1")
        home.docker(auths={there.host: packed("docker", "x")})
        challenge = f'Bearer realm="{there.url}/token",service="fake-registry"'
        gone = Answer(401, {"WWW-Authenticate": challenge})
        there.fail(Fault("PUT", "/uploads/", gone), Fault("PATCH", "/uploads/", gone))
        registries = {"source": at(source), "there": at(there)}
        ran = await sync(file_of(registries, "there"), home.environ)
        assert str(ran.only().status) == "copied", ran.outcomes
        open_uploads = there.requests("POST", "/uploads/")
        assert len(open_uploads) > len(LARGE.blobs)
