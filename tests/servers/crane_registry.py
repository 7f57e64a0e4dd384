"""A real registry that takes any manifest, whole or not: ``crane registry serve``, in memory."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers import environment, packages, process

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTENING = re.compile(r"serving on port (?P<port>\d+)")


@contextmanager
def crane_registry() -> Iterator[str]:
    """Run it as long as the block lasts; give its URL."""
    command = [packages.require("crane"), "registry", "serve", "--address", "127.0.0.1:0"]
    with process.running(command, environment.clean(), _LISTENING) as ready:
        yield f"http://127.0.0.1:{ready.match['port']}"
