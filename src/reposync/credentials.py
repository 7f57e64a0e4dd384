"""Credentials: who we are at a registry. They show themselves to nobody."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password; neither appears in ``repr``. ``origin`` tells people where they are from.

    ``origin`` is for messages, such as "environment variables HUB_USER and HUB_PASSWORD".
    """

    user: str = field(repr=False)
    password: str = field(repr=False)
    origin: str = ""

    def basic(self) -> str:
        """Give the value of an Authorization header (RFC 7617)."""
        pair = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"
