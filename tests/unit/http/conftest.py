"""A transport that is closed at the end of its test, without the machine's proxies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reposync.http.http_transport import HttpTransport
from reposync.http.timeouts import Timeouts
from reposync.trust import Trust, tls_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    """Return a transport that trusts every certificate."""
    opened = HttpTransport(tls=tls_context(Trust(verify=False)), environ={})
    yield opened
    await opened.close()


@pytest.fixture
async def impatient() -> AsyncIterator[HttpTransport]:
    """Open a transport that gives a server up after 50 ms."""
    opened = HttpTransport(
        tls=tls_context(Trust(verify=False)), environ={}, timeouts=Timeouts(0.05, 0.05)
    )
    yield opened
    await opened.close()
