"""Who to be at each registry of a file: what its ``credentials`` key means.

``auto`` takes the first that there is: the variables that the file names, else nobody. Those of the
file end the search, also where they say to be anonymous.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.credentials import credentials
from reposync.credentials import Fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.model import Registry
    from reposync.credentials import CredentialSource


def credential_source(registry: Registry, environ: Mapping[str, str]) -> CredentialSource:
    """Find who to be at *registry*."""
    return Fixed(credentials(registry, environ))
