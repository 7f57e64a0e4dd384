"""Keys: which keys of an auth file match a repository. A pure rule.

Docker writes hosts; old versions wrote URLs: ``https://registry.example.com/v1/``. Podman may
append the beginning of a repository's name, and the longest such key wins. Docker Hub has several
names and one old URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from reposync.errors import InvalidReferenceError
from reposync.oci.reference import canonical_host

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_SCHEME = r"(?i)https?://"
_VERSIONS = frozenset({"", "v1", "v2"})


def matching(
    entries: Iterable[tuple[str, T]], host: str, repository: str
) -> tuple[tuple[str, T], ...]:
    """Return the *entries* whose key matches *repository* at the canonical *host*, best first."""
    ranked = [(_nearness(key, host, repository), key, value) for key, value in entries]
    found = [(nearness, key, value) for nearness, key, value in ranked if nearness is not None]
    found.sort(key=lambda entry: entry[0], reverse=True)
    return tuple((key, value) for _, key, value in found)


def means_whole_host(key: str) -> bool:
    """Return whether *key* names a host, not a part of its repositories."""
    return not _split(key)[1]


def _nearness(key: str, host: str, repository: str) -> int | None:
    """Return how many characters of the repository's name *key* holds; None if it does not match.

    Docker stores other things than logins under URLs with other paths, such as Docker Hub's
    ``.../v1/refresh-token``: the key of the host itself is a better match.
    """
    key_host, path = _split(key)
    if key_host != host or not f"{repository}/".startswith(f"{path}/" if path else ""):
        return None
    is_own = re.sub(_SCHEME, "", key, count=1).partition("/")[2].strip("/") in {*_VERSIONS, path}
    return len(path) if is_own else -1


def _split(key: str) -> tuple[str, str]:
    """Split *key* into the canonical host and the beginning of a repository's name."""
    address = re.sub(_SCHEME, "", key, count=1)
    host, _, path = address.partition("/")
    path = path.strip("/")
    is_url = address != key
    return _canonical(host), "" if is_url or path in _VERSIONS else path


def _canonical(host: str) -> str:
    try:
        return canonical_host(host)
    except InvalidReferenceError:
        return host
