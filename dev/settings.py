"""Which development registries there are, where they listen and where their state lies.

The environment may move each port (``REPOSYNC_DEV_MASTER_PORT``) and the state folder
(``REPOSYNC_DEV_STATE``), so that several sets can stand side by side.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLE: Final = ROOT / "dev" / "dev-sync-cfg.yml"
USER: Final = "testuser"
PASSWORD: Final = "testpassword"
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DevRegistry:
    """One registry of the set; without ``needs_login`` it serves anybody."""

    name: str
    port: int
    default_port: int
    needs_login: bool
    tls: bool

    @property
    def host(self) -> str:
        """Host and port, as the configuration file wants it."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.tls else 'http'}://{self.host}"

    @property
    def port_variable(self) -> str:
        """The environment variable that moves the port."""
        return f"REPOSYNC_DEV_{self.name.upper()}_PORT"


class DevError(Exception):
    """Something that the person at the keyboard must know; one sentence."""


def state_folder() -> Path:
    """Return the folder of data, logs and certificates."""
    return Path(os.environ.get("REPOSYNC_DEV_STATE") or ROOT / ".dev").resolve()


def registries() -> tuple[DevRegistry, ...]:
    """Return the whole set: a stand-in for Docker Hub, and three that want a login."""
    return (
        _registry("source", 5080, needs_login=False),
        _registry("master", 5081),
        _registry("staging", 5082, tls=True),
        _registry("aws", 5083),
    )


def configuration() -> Path:
    """Return the example that ``make development-run`` uses, with the ports that are in force."""
    moved = [registry for registry in registries() if registry.port != registry.default_port]
    if not moved:
        return EXAMPLE
    text = EXAMPLE.read_text()
    for registry in moved:
        text = text.replace(f"{HOST}:{registry.default_port}", f"@{registry.name}@")
    for registry in moved:
        text = text.replace(f"@{registry.name}@", registry.host)
    path = state_folder() / EXAMPLE.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _registry(
    name: str, default_port: int, *, needs_login: bool = True, tls: bool = False
) -> DevRegistry:
    variable = f"REPOSYNC_DEV_{name.upper()}_PORT"
    text = os.environ.get(variable) or str(default_port)
    if not text.isdecimal():
        raise DevError(f"{variable} is {text!r}; it must be a port number")
    return DevRegistry(name, int(text), default_port, needs_login, tls)
