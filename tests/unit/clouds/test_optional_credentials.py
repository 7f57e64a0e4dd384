from __future__ import annotations

import asyncio
import logging

import pytest

from reposync.clouds.optional_credentials import OptionalCredentials
from reposync.credentials import Credentials
from reposync.errors import LoginError, RepoSyncError

WHO = Credentials("u", "p")


class Source:
    """Gives what it holds, an error by raising it; counts."""

    def __init__(self, gives: Credentials | RepoSyncError | None) -> None:
        self.gives = gives
        self.asked = 0

    async def credentials(self, repository: str) -> Credentials:
        del repository
        self.asked += 1
        if self.gives is None:
            await asyncio.Event().wait()
        if isinstance(self.gives, RepoSyncError):
            raise self.gives
        assert self.gives is not None
        return self.gives

    async def refused(self, credentials: Credentials) -> bool:
        return credentials == self.gives


async def test_what_works_is_used():
    attempt = OptionalCredentials(Source(WHO), "h")
    assert await attempt.credentials("r") == WHO
    assert await attempt.refused(WHO)


async def test_what_does_not_work_is_nobody_and_is_told_in_debugging_once(caplog):
    caplog.set_level(logging.DEBUG, logger="reposync")
    source = Source(LoginError("nobody is logged in"))
    attempt = OptionalCredentials(source, "gcr.io")
    found = await asyncio.gather(*(attempt.credentials("r") for _ in range(10)))
    assert found == [None] * 10
    assert source.asked == 1
    assert caplog.messages == ["gcr.io: not using cloud credentials: nobody is logged in"]
    assert caplog.records[0].levelno == logging.DEBUG


async def test_what_takes_long_is_nobody(caplog):
    caplog.set_level(logging.DEBUG, logger="reposync")
    assert await OptionalCredentials(Source(None), "h", limit_s=0.01).credentials("r") is None
    assert caplog.messages == ["h: not using cloud credentials: no response within 0.01 seconds"]


async def test_what_worked_once_may_not_fail_in_silence():
    source = Source(WHO)
    attempt = OptionalCredentials(source, "h")
    await attempt.credentials("r")
    source.gives = LoginError("it has expired")
    with pytest.raises(LoginError, match="it has expired"):
        await attempt.credentials("r")
