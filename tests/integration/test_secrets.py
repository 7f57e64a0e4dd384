"""The whole command with its log wide open: no secret comes out, whatever happens."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from tests import images
from tests.e2e.command import run
from tests.fakes.registry import (
    Account,
    Answer,
    BlobHost,
    CutAnswer,
    CutRequest,
    FakeRegistry,
    Fault,
    Options,
    TokenAuth,
    TokenIssuer,
)
from tests.unit.logins.homes import Home

from reposync.credentials import Credentials, Fixed
from reposync.errors import RepoSyncError
from reposync.http.http_transport import HttpTransport
from reposync.oci.reference import Reference
from reposync.registry.client import RegistryClient
from reposync.registry.host_state import HostState
from reposync.registry.repository import Repository
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

USER = "robot"
PASSWORD = "p4ssw0rd/+&=with signs"
GRAPH = images.image("secrets", layer_bytes=200_000)
_JWT = re.compile(r"eyJ[\w-]{10,}")


def spellings(user: str, password: str) -> set[str]:
    """Write a login in all ways that could be met."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {password, pair, pair.rstrip("="), json.dumps(password)[1:-1]}


def told(directory: Path, registries: dict[str, Any], to: str, **environ: Any) -> str:
    """Copy from ``source``, and give all that was written: to both streams and into reports."""
    repository = f"{directory.name.lower().replace('_', '-').rstrip('-')}/copy"
    stage = {
        "from": {"source": "source", "repository": "secrets"},
        "to": [{"destination": to, "repository": repository}],
    }
    file = directory / "sync.json"
    file.write_text(json.dumps({"registries": registries, "stages": [stage]}))
    reports = [directory / f"report.{suffix}" for suffix in ("json", "xml", "md")]
    options = [text for report in reports for text in ("--report", str(report))]
    text = ""
    for log_format in ("text", "json"):
        done = run(
            *("-c", str(file), "--log-level", "debug", "--log-format", log_format, *options),
            **environ,
            HOME=str(directory),
        )
        assert "this is a bug" not in done.stderr
        assert done.stdout
        text += done.stdout + done.stderr + "".join(report.read_text() for report in reports)
    return text


def assert_untold(text: str, secrets: Iterable[str]) -> None:
    """Find none of *secrets* in *text*, and nothing that looks like a token."""
    assert [secret for secret in secrets if secret in text] == []
    assert _JWT.findall(text) == []


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("kind", ["htpasswd_registry", "tls_registry", "token_registry"])
def test_real_registries_are_told_passwords_and_nobody_else_is(
    plain_registry, login, tmp_path, request, kind, is_right
):
    images.push_graph(plain_registry.url, "secrets", GRAPH, "1")
    there = request.getfixturevalue(kind)
    password = login.password if is_right else f"wrong-{PASSWORD}"
    trust: dict[str, Any] = (
        {"ca_file": str(there.certificates.authority)} if there.certificates else {}
    )
    registries = {
        "source": {"url": plain_registry.host, "skip-tls-verify": True},
        "there": {"url": there.host, "env_user": "U", "env_password": "P"}
        | (trust or {"skip-tls-verify": True}),
    }
    text = told(tmp_path, registries, "there", U=login.user, P=password)
    assert ("1 copied" in text) is is_right
    assert_untold(text, spellings(login.user, password))


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("kind", ["htpasswd_registry", "tls_registry", "token_registry"])
def test_an_examination_of_a_registry_tells_nobody_its_password(
    login, tmp_path, request, kind, is_right
):
    there = request.getfixturevalue(kind)
    password = login.password if is_right else f"wrong-{PASSWORD}"
    registry = {"url": there.host, "env_user": "U", "env_password": "P", "skip-tls-verify": True}
    stage = {
        "from": {"source": "there", "repository": "secrets"},
        "to": [{"destination": "there", "repository": "copies"}],
    }
    file = tmp_path / "sync.json"
    file.write_text(json.dumps({"registries": {"there": registry}, "stages": [stage]}))
    text = ""
    for form in ("table", "json"):
        call = ("doctor", "-c", str(file), "there", "-o", form, "-v", "--write", "secrets/scratch")
        done = run(*call, U=login.user, P=password, HOME=str(tmp_path))
        assert (done.returncode == 0) is is_right
        assert "this is a bug" not in done.stderr
        text += done.stdout + done.stderr
    assert_untold(text, spellings(login.user, password))


SCRIPTS = {
    "right": "echo $ANSWER",
    "wrong": "echo $ANSWER | sed s/identity/wrong/",
    "failing": "echo $ANSWER; echo login is $PAIR, $ANSWER >&2; exit 1",
    "garbage": "echo $ANSWER $PAIR",
}


@pytest.mark.parametrize(
    ("keeps", "script"),
    [
        ("password", "right"),
        ("token", "right"),
        ("token", "wrong"),
        ("password", "failing"),
        ("token", "garbage"),
    ],
)
def test_what_helpers_keep_is_told_to_nobody(
    plain_registry, token_registry, token_server, login, tmp_path, monkeypatch, keeps, script
):
    images.push_graph(plain_registry.url, "secrets", GRAPH, "1")
    token = "identity-of-tests-0123456789"
    monkeypatch.setitem(token_server.identity_tokens, token, login.user)
    user, secret = (login.user, login.password) if keeps == "password" else ("<token>", token)
    home = Home.at(tmp_path)
    home.helper("tests", SCRIPTS[script])
    home.docker(credHelpers={token_registry.host: "tests"})
    registries = {
        "source": {"url": plain_registry.host, "skip-tls-verify": True},
        "there": {"url": token_registry.host, "skip-tls-verify": True},
    }
    environ = {
        "PATH": home.environ["PATH"],
        "ANSWER": json.dumps({"Username": user, "Secret": secret}),
        "PAIR": f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}",
    }
    text = told(tmp_path, registries, "there", **environ)
    assert ("1 copied" in text) is (script == "right")
    assert home.asked("tests")
    assert_untold(text, {*spellings(user, secret), secret.replace("identity", "wrong")})


FAULTS = {
    "none": (),
    "broken": (Fault("PUT", "/uploads/", Answer(500), times=None),),
    "cut": (Fault("PUT", "/uploads/", CutRequest(1000)), Fault("GET", "/token", CutAnswer())),
    "echo": (Fault("PUT", "/manifests/", Answer(400, {}, b"ECHO"), times=None),),
    "no token": (Fault("GET", "/token", Answer(200, {}, b'{"token": 5}'), times=None),),
    "astray": (
        Fault("POST", "/uploads/", Answer(202, {"Location": "http://169.254.169.254/?sig=s1gn"})),
    ),
}


@pytest.mark.parametrize(
    ("fault", "is_right"), [*((fault, True) for fault in FAULTS), ("none", False)]
)
async def test_signatures_and_tokens_stay_between_us_and_the_registry(tmp_path, fault, is_right):
    issuer = TokenIssuer((Account(USER, PASSWORD),))
    async with BlobHost() as store, FakeRegistry(Options(blob_host=store)) as source:
        images.fill(source.repository("secrets"), GRAPH, "1")
        options = Options(
            auth=TokenAuth(issuer), upload_location="elsewhere", whole_blobs=False, mounts=False
        )
        async with FakeRegistry(options) as there:
            there.fail(*map(echoing, FAULTS[fault]))
            password = PASSWORD if is_right else f"wrong-{PASSWORD}"
            registries = {
                "source": {"url": source.host, "skip-tls-verify": True},
                "there": {"url": there.host, "skip-tls-verify": True}
                | {"env_user": "U", "env_password": "P"},
            }
            environ = {"U": USER, "P": password}
            text = await asyncio.to_thread(told, tmp_path, registries, "there", **environ)
            assert_untold(text, spellings(USER, password))
            signatures = seen(source, store, there)
            assert signatures or fault == "no token" or not is_right
            assert_untold(text, signatures)
            assert_untold(text, ["s1gn", *issuer._tokens])


def echoing(fault: Fault) -> Fault:
    """Let a registry throw back what it was shown, as some proxies do in their errors."""
    if not isinstance(fault.action, Answer) or fault.action.body != b"ECHO":
        return fault
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    message = f"Authorization: Basic {pair}; see https://store.example/x?sig=s1gn"
    body = json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
    return Fault(fault.method, fault.path_regex, Answer(400, {}, body), times=None)


def seen(*registries: FakeRegistry | BlobHost) -> set[str]:
    """Return the signed queries that they were asked with."""
    queries = {request.query for each in registries for request in each.requests()}
    signed = {query for query in queries if "signature=" in query or "_state=" in query}
    values = {query.partition("=")[2].partition("&")[0] for query in signed}
    return values | {unquote(value) for value in values}


def test_the_password_of_a_proxy_is_told_to_nobody(tmp_path):
    url = "r.invalid"
    registries = {"source": {"url": url}, "there": {"url": f"{url}:5000"}}
    proxy = f"http://{USER}:pr0xy-s3cret@127.0.0.1:1"
    text = told(tmp_path, registries, "there", HTTPS_PROXY=proxy)
    assert f"the proxy for {url} cannot be reached" in text
    assert_untold(text, spellings(USER, "pr0xy-s3cret"))


async def test_no_object_shows_a_secret():
    issuer = TokenIssuer((Account(USER, PASSWORD),))
    options = Options(auth=TokenAuth(issuer), upload_location="elsewhere", whole_blobs=False)
    blob = GRAPH.blobs[-1]
    async with FakeRegistry(options) as registry:
        registry.fail(Fault("PUT", "/uploads/", Answer(400), times=None))
        transport = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
        client = RegistryClient(
            HostState(registry.host),
            transport=transport,
            retrier=Retrier(RetryPolicy(tries=1)),
            credentials=Fixed(Credentials(USER, PASSWORD, "environment variables U and P")),
            schemes=("https", "http"),
        )
        repository = Repository(client, Reference(client.host, "x"), writable=True)
        with pytest.raises(RepoSyncError) as caught:
            await repository.push_blob(blob.descriptor, _chunks(blob.content))
        shown = " ".join(map(repr, reachable(caught.value, client, repository)))
        await transport.close()
        shown += "".join(traceback.format_exception(caught.value))
        assert "RegistryClient" in shown
        assert "Scope(" in shown
        assert seen(registry)
        assert_untold(shown, [*spellings(USER, PASSWORD), *seen(registry), *issuer._tokens])


async def _chunks(content):
    yield content


def reachable(*roots: object) -> list[object]:
    """Return all objects of ours that *roots* lead to, frames of tracebacks included."""
    found: dict[int, object] = {}
    waiting = [*roots]
    while waiting:
        each = waiting.pop()
        if id(each) in found:
            continue
        found[id(each)] = each
        waiting += _parts(each)
    return [each for each in found.values() if type(each).__module__.startswith("reposync")]


def _parts(each: object) -> Iterable[Any]:
    if isinstance(each, dict):
        return [*each, *each.values()]
    if isinstance(each, list | tuple | set | frozenset):
        return each
    if isinstance(each, BaseException):
        frames = [frame.f_locals for frame, _ in traceback.walk_tb(each.__traceback__)]
        return [*frames, each.__cause__, each.__context__, vars(each)]
    if not type(each).__module__.startswith("reposync"):
        return ()
    slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
    return [getattr(each, "__dict__", {}), *(getattr(each, name, None) for name in slots)]
