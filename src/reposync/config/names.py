"""Names: why a registry's address or a repository is not a legal one, and what to write.

What is legal is decided in ``reposync.oci.reference``; here it is explained.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from reposync.errors import InvalidReferenceError
from reposync.oci.address import Address, parse_address
from reposync.oci.reference import DOCKER_HUB, canonical_host, canonical_repository
from reposync.words import quoted

_SCHEME = r"[a-zA-Z][a-zA-Z0-9+.-]*://"
_WRAPPED_VARIABLE = r"\$\{?(\w+)\}?"
# What Kubernetes allows, which is more than a shell does.
_VARIABLE = r"[A-Za-z_.-][A-Za-z0-9_.-]*"
_API_PATHS = frozenset({"v1", "v2"})
_REPOSITORY_LIMIT = 255


class Fault(NamedTuple):
    """Why a name is wrong, and what to do."""

    message: str
    hint: str


def host_fault(url: str) -> Fault | None:
    """Return why *url* is no registry's address; never repeats credentials in it."""
    address = re.sub(_SCHEME, "", url, count=1)
    host, _, path = address.partition("/")
    if "@" in address or "?" in address:
        return _holds_more(url, host)
    if path.strip("/") in _API_PATHS:
        return Fault(f"{quoted(url)} holds the path of an interface", _write_host(host))
    if known_address(url) is not None:
        return None
    if known_host(host) is None:
        return Fault(f"{quoted(url)} is not a registry's host", _write_host(""))
    if path:
        meaning = "no repository's name could begin with"
        return Fault(f"{quoted(url)} holds a path that {meaning}", _write_host(host))
    return Fault(f"{quoted(url)} holds another scheme than https or http", _write_host(host))


def repository_fault(host: str | None, repository: str) -> Fault | None:
    """Return why *repository* is not one of the registry at *host*, None where that is unknown."""
    if known_repository(host, repository) is None:
        return _login_in(repository) or _illegal_repository(repository)
    first, _, rest = repository.partition("/")
    if host == DOCKER_HUB and rest and known_host(first) == DOCKER_HUB:
        return Fault(f"{quoted(repository)} holds the registry", f"write {quoted(rest)}")
    return None


def variable_fault(name: str) -> Fault | None:
    """Return why *name* cannot name an environment variable.

    It may be a secret, so never repeat it.

    A wrapped one, ``${NAME}``, is no secret and is repeated.
    """
    if re.fullmatch(_VARIABLE, name):
        return None
    if wrapped := re.fullmatch(_WRAPPED_VARIABLE, name):
        return Fault("must be the name of a variable alone", f"write {quoted(wrapped[1])}")
    return Fault(
        "is not the name of an environment variable",
        "write the name of the variable that holds the value, never the value itself",
    )


def known_host(url: str) -> str | None:
    """Return the canonical host, or None where there is none."""
    try:
        return canonical_host(url)
    except InvalidReferenceError:
        return None


def known_address(url: str) -> Address | None:
    """Return the address, or None where it is none."""
    try:
        return parse_address(url)
    except InvalidReferenceError:
        return None


def known_host_in(url: str) -> str | None:
    """Return the host of an address, or None where it is none."""
    address = known_address(url)
    return address.host if address else None


def known_repository(host: str | None, repository: str) -> str | None:
    """Return the canonical repository at the canonical *host*, or None where it is not legal."""
    try:
        return canonical_repository(host or "", repository)
    except InvalidReferenceError:
        return None


def _write_host(host: str) -> str:
    if known_host(host) is None:
        return "write `host` or `host:port`"
    return f"write the host alone: {quoted(host)}"


def _illegal_repository(repository: str) -> Fault:
    shown = quoted(repository)
    address = re.sub(_SCHEME, "", repository, count=1)
    first, _, rest = address.partition("/")
    if (":" in first or address != repository) and rest and known_host(first):
        return _holds(shown, "the registry", _without_tag(rest))
    bare = _without_tag(repository)
    if bare != repository:
        return _holds(shown, "a digest" if "@" in repository else "a tag", bare)
    if known_repository(None, repository.strip("/")):
        return Fault(f"{shown} begins or ends with a `/`", f"write {quoted(repository.strip('/'))}")
    if known_repository(None, repository.lower()):
        return Fault(f"{shown} has upper-case letters", f"write {quoted(repository.lower())}")
    if len(repository) > _REPOSITORY_LIMIT:
        return Fault(f"{shown} is too long", f"use at most {_REPOSITORY_LIMIT} characters")
    return Fault(
        f"{shown} is not a repository",
        "use lower-case letters, digits and single . _ - between them, with / between the parts",
    )


def _holds_more(url: str, host: str) -> Fault:
    """Return what is more than an address in *url*, without what may be secret in it."""
    bare, _, _ = url.partition("?")
    if "@" in bare:
        return _holds_login("host")
    return Fault(f"{quoted(bare)} has a query behind it", _write_host(host))


def _login_in(repository: str) -> Fault | None:
    first, _, rest = re.sub(_SCHEME, "", repository, count=1).partition("/")
    return _holds_login("repository") if "@" in first and rest else None


def _holds_login(what: str) -> Fault:
    return Fault(
        "holds a user or a password",
        f"write the {what} alone, and name environment variables in `env_user` and `env_password`",
    )


def _holds(shown: str, what: str, alone: str) -> Fault:
    for legal in (alone, alone.lower()):
        if known_repository(None, legal) is not None:
            return Fault(f"{shown} holds {what}", f"write the repository alone: {quoted(legal)}")
    return Fault(f"{shown} holds {what}", "write the repository alone")


def _without_tag(repository: str) -> str:
    without_digest = repository.partition("@")[0]
    parent, slash, basename = without_digest.rpartition("/")
    return parent + slash + basename.partition(":")[0]
