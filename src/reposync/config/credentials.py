"""Credentials: user and password of a registry, taken from the environment.

The file names variables; their values are read here alone, when a run begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.model import Registry


def credentials(registry: Registry, environ: Mapping[str, str]) -> Credentials | None:
    """Look up who to be at *registry*; None for anonymous: no variable named, or an empty user.

    Raises:
        KeyError: A variable that is named is not set; `load` does not let such a file pass, but
            for verifying only.
    """
    if registry.env_user is None or registry.env_password is None:
        return None
    user, password = environ[registry.env_user], environ[registry.env_password]
    origin = f"environment variables {registry.env_user} and {registry.env_password}"
    return Credentials(user, password, origin) if user else None
