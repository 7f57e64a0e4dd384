"""Manifests of one repository: what a tag names, the bytes, and putting them.

Spec: distribution-spec v1.1.1, end-2, end-3, end-7.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.errors import (
    ContentError,
    CorruptContentError,
    InvalidReferenceError,
    RegistryError,
)
from reposync.oci import manifest as manifests
from reposync.oci import media_type
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest, verify
from reposync.registry.call import Call
from reposync.registry.immutability import TagRefusedError, conflict
from reposync.registry.manifests.head import look
from reposync.registry.web_page import page_or

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.oci.manifest import Manifest
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_ACCEPT = {"Accept": media_type.ACCEPT_MANIFESTS}
_FOUND_OR_NOT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})
_NO_HEAD = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_PUT = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.ACCEPTED})
_PUT_TIMEOUT_S = 120.0
_ALGORITHM_OF_ALL = "sha256"
_NO_SHA512 = (
    "the registry may know manifests by their sha256 only; give the image a tag: tag@sha512:..."
)


async def resolve(client: RegistryClient, scope: Scope, tag_or_digest: str) -> Descriptor | None:
    """Determine by HEAD what *tag_or_digest* names; by GET where HEAD does not tell."""
    if client.known.manifest_head is not False:
        call = Call(
            "HEAD", _path(scope, tag_or_digest), scope, _FOUND_OR_NOT | _NO_HEAD, headers=_ACCEPT
        )
        answer = await look(client, call)
        is_supported = answer.status not in _NO_HEAD
        client.state.capabilities.observe_manifest_head(is_supported=is_supported)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        asked = Digest(tag_or_digest) if ":" in tag_or_digest else None
        descriptor = _described(answer.headers, asked) if is_supported else None
        if descriptor is not None:
            return descriptor
    found = await _get(client, scope, tag_or_digest, _FOUND_OR_NOT)
    return None if found is None else found.descriptor


async def fetch(client: RegistryClient, scope: Scope, tag_or_digest: str) -> Manifest:
    """Get a manifest; a digest that was asked for is checked.

    Raises:
        NotFoundError: There is none.
        ContentError: It is too large, has another digest, or is no manifest.
    """
    found = await _get(client, scope, tag_or_digest, frozenset({HTTPStatus.OK}))
    assert found is not None  # noqa: S101 -- an absent one was refused
    return found


async def fetch_tagged(client: RegistryClient, scope: Scope, tag: str) -> Manifest | None:
    """Get what *tag* names; None where the registry does not tell its digest, or another one.

    Raises:
        NotFoundError: There is none.
        ContentError: It is too large, or is no manifest.
    """
    answer = await _asked(client, scope, tag, frozenset({HTTPStatus.OK}))
    digest = _told_digest(answer.headers)
    if digest is None:
        return None
    try:
        return _read(answer, digest)
    except CorruptContentError:
        return None


async def push(client: RegistryClient, scope: Scope, manifest: Manifest, tag: str) -> bool:
    """Put *manifest* under *tag*, or under its digest, and make sure of what was understood.

    True when the registry says that it lists it among the referrers of its subject.

    Raises:
        ContentError: The registry gives it another digest, also the second time.
        ConflictError: *tag* names another manifest there and never moves.
    """
    try:
        return await _push(client, scope, manifest, tag)
    except ContentError:
        # The tag must not stay with bytes that were spoilt on the way: no later run may move it.
        try:
            return await _push(client, scope, manifest, tag)
        except ContentError as error:
            if not tag and manifest.digest.algorithm != _ALGORITHM_OF_ALL:
                error.hint = _NO_SHA512
            raise


async def _push(client: RegistryClient, scope: Scope, manifest: Manifest, tag: str) -> bool:
    try:
        answer = await _put(client, put(scope, manifest, tag), manifest)
    except TagRefusedError:
        # Some refuse an immutable tag even with the manifest that it names.
        found = await resolve(client, scope, tag) if tag else None
        if found is None:
            raise
        if not manifest.has_digest(found.digest):
            raise conflict(client.host, tag) from None
        return False
    await _check_taken(client, scope, answer, (manifest, tag))
    subject = manifest.subject
    return subject is not None and answer.headers.get("OCI-Subject") == subject.digest


async def _put(client: RegistryClient, call: Call, manifest: Manifest) -> BufferedResponse:
    """Send a push, but once where the registry refuses layers that are served by their URLs.

    Distribution answers 500 then, as if it had failed, and names the layer as a missing blob.
    """
    foreign = [blob.digest for blob in manifest.blobs if blob.is_foreign]
    if not foreign:
        return await client.ask(call)
    answer = await client.ask(
        replace(call, expected_statuses=call.expected_statuses | {HTTPStatus.INTERNAL_SERVER_ERROR})
    )
    if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer
    refused = next((digest for digest in foreign if digest.encode() in answer.body), None)
    if refused is None:
        return await client.ask(call)
    raise RegistryError(
        f"{client.host} refuses the manifest: it does not allow layer {refused.short} to be served "
        "by another host, as its URLs say",
        hint="allow these URLs at the registry; in distribution, by validation.manifests.urls",
        method=call.method,
        status=answer.status,
    )


def put(scope: Scope, manifest: Manifest, tag: str) -> Call:
    """Describe the request that puts *manifest* under *tag*, or under its digest."""
    return Call(
        "PUT",
        _path(scope, tag or manifest.digest),
        scope,
        _PUT,
        headers={"Content-Type": manifest.descriptor.media_type},
        body=manifest.content,
        answer_timeout_s=_PUT_TIMEOUT_S,
    )


async def _check_taken(
    client: RegistryClient, scope: Scope, answer: BufferedResponse, pushed: tuple[Manifest, str]
) -> None:
    manifest, tag = pushed
    taken = _told_digest(answer.headers)
    if answer.status != HTTPStatus.CREATED or taken is None or client.known.is_doubted:
        # Some answer 200 to everything; some name no digest; some keep what they wrote in part.
        found = await resolve(client, scope, tag or manifest.digest)
        taken = found.digest if found else None
    if taken is None or not manifest.has_digest(taken):
        raise ContentError(f"{client.host} took {manifest.digest} for {taken or 'nothing'}")


async def _get(
    client: RegistryClient, scope: Scope, tag_or_digest: str, expected_statuses: frozenset[int]
) -> Manifest | None:
    answer = await _asked(client, scope, tag_or_digest, expected_statuses)
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    return _read(answer, Digest(tag_or_digest) if ":" in tag_or_digest else None)


async def _asked(
    client: RegistryClient, scope: Scope, tag_or_digest: str, expected_statuses: frozenset[int]
) -> BufferedResponse:
    call = Call(
        "GET",
        _path(scope, tag_or_digest),
        scope,
        expected_statuses,
        headers=_ACCEPT,
        limit_bytes=manifests.LIMIT_BYTES + 1,
    )
    quota = await client.quota(scope)
    quota.begin(client.hub_reserve)
    try:
        answer = await client.ask(call)
    finally:
        quota.end()
    if len(answer.body) > manifests.LIMIT_BYTES:
        raise ContentError(
            f"the manifest {tag_or_digest} is larger than {manifests.LIMIT_BYTES} bytes"
        )
    return answer


def _read(answer: BufferedResponse, digest: Digest | None) -> Manifest:
    try:
        if digest is not None:
            verify(answer.body, digest)
        return manifests.parse(answer.body, answer.headers.get("Content-Type", ""), digest)
    except ContentError as error:
        raise page_or(error, answer, "a manifest") from error


def _described(headers: Mapping[str, str], asked: Digest | None) -> Descriptor | None:
    """Read a HEAD's headers; None when they do not say enough to compare by.

    A registry may name what was *asked* for by the digest of another algorithm: it is the same.
    """
    digest = _told_digest(headers)
    if digest is not None and asked is not None and digest.algorithm != asked.algorithm:
        digest = asked
    try:
        size = int(headers.get("Content-Length", "0"))
    except ValueError:
        return None
    if digest is None:
        return None
    return Descriptor(media_type.bare(headers.get("Content-Type", "")), digest, size)


def _told_digest(headers: Mapping[str, str]) -> Digest | None:
    try:
        return Digest(headers.get("Docker-Content-Digest", ""))
    except InvalidReferenceError:
        return None


def _path(scope: Scope, tag_or_digest: str) -> str:
    return f"/v2/{scope.repository}/manifests/{tag_or_digest}"
