"""regsync's ``creds``: how registries are reached, by the name that references bear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.interop.draft import Access, Variables
from reposync.interop.places import host_of, repository_of
from reposync.interop.refusals import refusal
from reposync.interop.secrets import file, is_template, pair, variable
from reposync.oci.reference import canonical_host

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.places import Name

_KNOWN = {
    "registry",
    "hostname",
    "user",
    "pass",
    "tls",
    "regcert",
    "clientCert",
    "clientKey",
    "pathPrefix",
    "reqPerSec",
    "reqConcurrent",
}
_REASONS = {
    "token": "name a user and a password; the token may be the password",
    "credHelper": "name it under `credHelpers` in docker's config.json",
    "credExpire": "what a helper gives is asked for anew in time",
    "credHost": "",
    "repoAuth": "each repository is logged in to for itself always",
    "mirrors": "name the mirror as the source instead",
    "priority": "name the mirror as the source instead",
    "blobChunk": "reposync learns what size a registry takes",
    "blobMax": "reposync learns what size a registry takes",
    "apiOpts": "reposync finds out what a registry can do",
    "scheme": "write `tls: disabled`",
    "api": "",
}
_RATE = re.compile(r"[0-9]{1,6}(?:[.][0-9]{1,6})?")
_LEAST_AT_ONCE = 2  # one for blobs, one for all else
_FILES = {"regcert": "ca_file", "clientCert": "client_cert_file", "clientKey": "client_key_file"}


class Registries:
    """All that ``creds`` says, by canonical name."""

    def __init__(self, creds: list[NodeCursor], job: Import, *, skips_docker: bool) -> None:
        self._others = (("credentials", "none"),) if skips_docker else ()
        self._known: dict[str, tuple[Access, str]] = {}
        for entry in creds:
            job.losses.left_out(entry, _KNOWN, _REASONS)
            name = canonical_host(host_of(entry.get("registry")))
            self._known[name] = (_access(entry, job), entry.get("pathPrefix").text().strip("/"))

    def place(self, name: Name, at: NodeCursor, job: Import, reserve: str = "") -> tuple[str, str]:
        """Return the key of the registry of *name*, and the repository there.

        Where there is a *reserve*, so many pulls are left to others.

        Raises:
            RefusalError: It has a ``pathPrefix``, and *name* is no repository but a pattern.
        """
        access, prefix = self._known.get(canonical_host(name.host), (Access(name.host), ""))
        if access.login is None and access.variables is None:
            access = replace(access, extras=(*access.extras, *self._others))
        repository = name.repository
        if prefix:
            if any(sign in repository for sign in "*{:"):
                raise refusal(at.path, "is a whole registry behind a `pathPrefix`")
            repository = repository_of(at, access.host, f"{prefix}/{repository}")
        if reserve not in {"", "0"}:
            count = ("hub_reserve", _count(at, "ratelimit.min", reserve))
            access = replace(access, extras=(*access.extras, count))
        return job.draft.registry(access), repository


def _count(at: NodeCursor, key: str, text: str) -> int:
    if not text.isdigit():
        raise refusal(at.path, f"has a `{key}` that is no number")
    return int(text)


def _bounds(entry: NodeCursor) -> tuple[tuple[str, str | float], ...]:
    """Read how often, and how often at a time, a registry may be asked; 0 is no bound."""
    rate, count = entry.get("reqPerSec").text(), entry.get("reqConcurrent").text()
    found: list[tuple[str, str | float]] = []
    if count not in {"", "0"}:
        at_once = max(_count(entry, "reqConcurrent", count), _LEAST_AT_ONCE)
        found.append(("max_concurrent_requests", at_once))
    if rate not in {"", "0"}:
        if not _RATE.fullmatch(rate):
            raise refusal(entry.path, "has a `reqPerSec` that is no number")
        found.append(("requests_per_second", int(rate) if rate.isdigit() else float(rate)))
    return (*found,)


def _access(entry: NodeCursor, job: Import) -> Access:
    registry, hostname, tls = entry.get("registry"), entry.get("hostname"), entry.get("tls").text()
    host = host_of(hostname or registry)
    access = Access(
        host,
        skip_tls_verify=tls == "insecure",
        scheme="http" if tls == "disabled" else "",
        extras=_bounds(entry),
        where=(*entry.path, "pass"),
    )
    files = [
        (ours, path)
        for theirs, ours in _FILES.items()
        if (path := _file(entry.get(theirs), job)) is not None
    ]
    user, password = entry.get("user"), entry.get("pass")
    if not user and not password:
        return replace(access, files=tuple(files))
    names = (variable(user.text()), variable(password.text()))
    for at, name in zip((user, password), names, strict=True):
        if is_template(at.text()) and name is None:
            raise refusal(at.path, "is a template of more than one variable or file")
        if (path := file(at.text())) is not None:
            told = f"is a file, which reposync reads by the variable {name}_FILE"
            job.losses.note(at.path, told, f"set it to {path}")
    found = pair(user, password, names)
    if isinstance(found, Variables):
        return replace(access, variables=found, files=tuple(files))
    return replace(access, login=found, files=tuple(files))


def _file(at: NodeCursor, job: Import) -> str | None:
    text = at.text()
    if not text:
        return None
    path = file(text)
    if path is None:
        job.losses.lose(at.path, "holds a certificate or a key itself", "write it to a file")
    return path
