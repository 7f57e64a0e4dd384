"""How skopeo is called, and what is tried again; a script of a few lines is in its place."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING

import pytest
from tests.unit.external.shipments import DIGEST, HERE, shipment

from reposync.credentials import ANONYMOUS, Credentials, Fixed
from reposync.errors import CopyError, RelayError, UnauthorizedError, UnavailableError
from reposync.external.programs import Programs
from reposync.external.shipment import Access, End, Shipment, Target
from reposync.external.skopeo import SkopeoCopier
from reposync.oci.reference import Reference
from reposync.retry import Retrier, RetryPolicy
from reposync.trust import ClientPair, Trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.credentials import CredentialSource
    from reposync.repository_creator import RepositoryCreator

NO_WAIT = RetryPolicy(tries=3, first_wait_s=0.0)
SAY = "echo 'level=fatal msg=\"{}\"' >&2; exit 1"
REFUSED = SAY.format("trying to reuse blob at destination: unauthorized: authentication required")


@pytest.fixture
def relay(tmp_path: Path) -> Callable[[str], SkopeoCopier]:
    """Return a relay whose skopeo is a script, which notes how it was called."""

    def relay(script: str) -> SkopeoCopier:
        path = tmp_path / "skopeo"
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "" >>{tmp_path}/calls\n{script}\n')
        path.chmod(0o755)
        private = tmp_path / "private"
        private.mkdir()
        programs = Programs({"PATH": os.environ["PATH"]}, 4)
        return SkopeoCopier(programs, str(path), private, Retrier(NO_WAIT))

    return relay


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[list[str]]]:
    """Read how it was called."""

    def calls() -> list[list[str]]:
        file = tmp_path / "calls"
        text = file.read_text() if file.exists() else ""
        return [call.splitlines() for call in text.split("\n\n") if call]

    return calls


def there(
    logins: CredentialSource = ANONYMOUS,
    trust: Trust | None = None,
    creator: RepositoryCreator | None = None,
) -> End:
    access = Access(trust or Trust(verify=False), logins, creator)
    return End(access, Reference("b.example", "y"))


async def test_an_image_is_named_by_its_digest_and_copied_whole(relay, calls):
    assert await relay("").bring(shipment({"1": "2"}, there())) == (None,)

    (call,) = calls()
    assert call[:5] == ["--insecure-policy", "copy", "--all", "--preserve-digests", "--quiet"]
    assert call[-2:] == [f"docker://a.example/x@{DIGEST}", "docker://b.example/y:2"]
    assert [each for each in call if "tls-verify" in each] == [
        "--src-tls-verify=true",
        "--dest-tls-verify=false",
    ]
    assert not [each for each in call if "cert-dir" in each or "creds" in each]


async def test_without_a_tag_it_keeps_its_digest_as_name(relay, calls):
    await relay("").bring(shipment({DIGEST: ""}, there()))

    assert calls()[0][-1] == f"docker://b.example/y@{DIGEST}"


async def test_a_path_before_all_repositories_is_a_part_of_their_names(relay, calls):
    class Asked:
        async def credentials(self, repository: str) -> None:
            assert repository == "team/y"

        async def refused(self, credentials: Credentials) -> bool:
            del credentials
            return False

    end = End(Access(Trust(), Asked()), Reference("b.example/team", "y"))
    await relay("").bring(shipment({"1": "1"}, end))

    assert calls()[0][-1] == "docker://b.example/team/y:1"


async def test_certificates_are_in_a_directory_for_their_side(relay, calls, tmp_path):
    file = tmp_path / "pair.pem"
    file.write_text("")
    trust = Trust(authorities=(str(file),), pairs=(ClientPair(str(file), str(file)),))
    made = relay("for each; do case $each in --dest-cert-dir=*) ls ${each#*=} >&2;; esac; done")

    await made.bring(shipment({"1": "1"}, there(trust=trust)))

    assert [each.partition("=")[0] for each in calls()[0] if "cert-dir" in each] == [
        "--dest-cert-dir"
    ]


class Renewing:
    """A source whose second login is the right one."""

    def __init__(self) -> None:
        self.login = Credentials("me", "old")

    async def credentials(self, repository: str) -> Credentials:
        assert repository == "y"
        return self.login

    async def refused(self, credentials: Credentials) -> bool:
        was, self.login = self.login, Credentials("me", "new")
        return credentials == was


async def test_a_login_that_was_refused_is_renewed_once(relay, calls):
    new = base64.b64encode(b"me:new").decode()
    script = f"grep -q {new} ${{9#*=}} && exit 0; {REFUSED}"

    assert await relay(script).bring(shipment({"1": "1"}, there(Renewing()))) == (None,)

    assert len(calls()) == 2


async def test_a_login_that_stays_refused_is_told_with_where_it_is_from(relay, calls):
    login = Fixed(Credentials("me", "pw", "environment variables A and B"))

    (error,) = await relay(REFUSED).bring(shipment({"1": "1"}, there(login)))

    assert isinstance(error, CopyError)
    assert isinstance(error.cause, UnauthorizedError)
    assert (error.side, error.hint) == (
        "destination",
        "check the login from environment variables A and B",
    )
    assert len(calls()) == 1


async def test_a_repository_that_is_missing_is_created(relay, calls, tmp_path):
    class Creator:
        async def create(self, repository: str) -> None:
            (tmp_path / repository).touch()

    unknown = SAY.format("writing blob: initiating layer upload: name unknown: no such repository")
    script = f"[ -e {tmp_path}/y ] && exit 0; {unknown}"

    assert await relay(script).bring(shipment({"1": "1"}, there(creator=Creator()))) == (None,)

    assert len(calls()) == 2


async def test_what_fails_for_the_moment_is_tried_three_times(relay, calls):
    said = "writing blob: received unexpected HTTP status: 503 Service Unavailable"

    (error,) = await relay(SAY.format(said)).bring(shipment({"1": "1"}, there()))

    assert isinstance(error, CopyError)
    assert isinstance(error.cause, UnavailableError)
    assert len(calls()) == 3


async def test_what_fails_for_good_is_tried_once(relay, calls):
    (error,) = await relay(SAY.format("who knows")).bring(shipment({"1": "1"}, there()))

    assert isinstance(error, CopyError)
    assert isinstance(error.cause, RelayError)
    assert len(calls()) == 1


async def test_a_password_that_it_says_is_not_told(relay):
    login = Fixed(Credentials("me", "pa55word"))

    (error,) = await relay(SAY.format("bad pa55word")).bring(shipment({"1": "1"}, there(login)))

    assert "pa55word" not in str(error)


async def test_one_target_that_fails_stops_no_other(relay):
    script = f'case "$*" in *b.example*) {SAY.format("who knows")};; esac'
    targets = (
        Target(there(), "1"),
        Target(End(there().access, Reference("c.example", "y")), "1"),
    )

    results = await relay(script).bring(Shipment(HERE, "1", DIGEST, targets))

    assert [result is None for result in results] == [False, True]


async def test_a_call_that_is_cancelled_leaves_no_file(relay, tmp_path):
    started, never = tmp_path / "started", tmp_path / "never"
    os.mkfifo(started)
    os.mkfifo(never)
    made = relay(f"echo >{started}; read x <{never}")
    task = asyncio.create_task(made.bring(shipment({"1": "1"}, there())))
    await asyncio.to_thread(started.read_bytes)
    assert list((tmp_path / "private").iterdir())

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not list((tmp_path / "private").iterdir())
