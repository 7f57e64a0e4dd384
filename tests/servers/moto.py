"""Moto: AWS's control plane on loopback, as far as it knows ECR; the registries are not in it."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers import environment, process

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"
USER = "AWS"
PASSWORD = f"{ACCOUNT}-auth-token"
"""What it gives as a registry's password, always; it says that it expired years ago."""
_LISTENING = re.compile(r"Running on (?P<url>http://127\.0\.0\.1:\d+)")


@contextmanager
def moto() -> Iterator[str]:
    """Run it as long as the block lasts; give its URL."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with process.running(command, environment.clean(), _LISTENING) as ready:
        yield ready.match["url"]
