"""An examination, put together: which registry is meant, and a client that is observed."""

from __future__ import annotations

import asyncio
import os.path
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.config.layouts import layout_fault, layout_path
from reposync.config.model import Registry
from reposync.doctor.examination import examine
from reposync.doctor.layout_answer import examine_layout
from reposync.doctor.observations import ObservationLog
from reposync.doctor.observing import ObservingTransport
from reposync.doctor.subject import Subject
from reposync.errors import InvalidReferenceError
from reposync.oci.address import parse_address
from reposync.oci.image_name import is_loopback, names_host
from reposync.oci.reference import canonical_repository
from reposync.wiring.registries import Clients
from reposync.wiring.stages import stages_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.model import Config
    from reposync.doctor.fields import Examination
    from reposync.http.transport import Transport

_RETRIES = 0
"""What fails, and how long a registry asks to wait, is what is to be found out."""
_NONCE_BYTES = 6


class Target(Struct, frozen=True):
    """What to examine: a registry as in a file, by its *key* there or by its host.

    ``repository`` is one to ask about, ``write`` one to write to; None for none.
    """

    key: str
    registry: Registry
    repository: str | None = None
    write: str | None = None


def target_of_host(text: str, *, skip_tls_verify: bool = False) -> Target:
    """Read ``[https://|http://]HOST[:PORT][/PREFIX]`` or ``oci:PATH``, as `copy` reads it.

    Raises:
        InvalidReferenceError: It is neither.
    """
    if layout_path(text) is not None:
        if (fault := layout_fault(text)) is not None:
            raise InvalidReferenceError(fault.message, hint=fault.hint)
        return Target(text, Registry(url=text))
    address = parse_address(text)
    if not address.scheme and not names_host(address.host):
        raise InvalidReferenceError(
            f"{text!r} is no host",
            hint=f"write https://{text}, or name the file in which it is a key by -c FILE",
        )
    is_lenient = not address.scheme and is_loopback(address.host)
    return Target(text, Registry(url=text, skip_tls_verify=is_lenient or skip_tls_verify))


def target_of_key(config: Config, key: str, *, skip_tls_verify: bool = False) -> Target:
    """Return the registry *key* of *config*, with a repository of it that a stage names, if any."""
    registry = config.registries[key]
    if skip_tls_verify:
        registry = replace(registry, skip_tls_verify=True)
    return Target(key, registry, _named_repository(config, key))


def asking(target: Target, repository: str | None, write: str | None) -> Target:
    """Return *target* with the repositories that a call names.

    Raises:
        InvalidReferenceError: One of them is no repository, or the target is a layout.
    """
    if layout_path(target.registry.url) is not None:
        if repository is not None or write is not None:
            raise InvalidReferenceError(f"{target.key} is a layout, of which nothing more is asked")
        return target
    host = parse_address(target.registry.url).host
    named = None if repository is None else canonical_repository(host, repository)
    written = None if write is None else canonical_repository(host, write)
    return replace(target, repository=named or target.repository, write=written)


async def doctor(target: Target, environ: Mapping[str, str]) -> Examination:
    """Examine *target*.

    Raises:
        StorageError: A certificate or key cannot be used.
        LoginError: What a cloud takes is not installed, or a file of logins cannot be read.
    """
    path = layout_path(target.registry.url)
    if path is not None:
        return await examine_layout(path, is_tar=await asyncio.to_thread(os.path.isfile, path))
    registry = target.registry
    if registry.retries is None:
        registry = replace(registry, retries=_RETRIES)
    log = ObservationLog()
    transports: list[Transport] = []

    def observed(transport: Transport) -> Transport:
        transports.append(ObservingTransport(transport, log))
        return transports[-1]

    clients = Clients({target.key: registry}, environ, observed=observed)
    try:
        client = clients.open(target.key)
        subject = Subject(
            client,
            transports[-1],
            log,
            target.repository,
            parse_address(registry.url).prefix,
            verifies=not registry.skip_tls_verify,
        )
        return await examine(
            subject,
            now=datetime.now(UTC),
            write=target.write,
            nonce=secrets.token_hex(_NONCE_BYTES),
        )
    finally:
        await clients.close()


def _named_repository(config: Config, key: str) -> str | None:
    """Return the first repository of the registry *key* that a stage names; no pattern is one."""
    for stage in stages_of(config):
        if stage.pattern is not None:
            continue
        for place in (stage.source, *(rule.destination for rule in stage.rules)):
            if place.registry_key == key:
                return place.reference.repository
    return None
