"""Blobs of one repository: is it there, its bytes, and taking it over from a neighbour.

Spec: distribution-spec v1.1.1, end-2, end-11.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import RegistryError, UnauthorizedError
from reposync.oci.digest import DigestCheck
from reposync.registry.call import Call
from reposync.registry.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.registry.client import RegistryClient
    from reposync.registry.transport import Response


async def exists(client: RegistryClient, scope: Scope, blob: Descriptor) -> bool:
    """Tell by HEAD whether the blob stands there; one of another length does not count.

    A registry that denies the look may still take the push, and then says what is wrong with it.
    """
    hoped = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN})
    answer = await client.ask(Call("HEAD", _path(scope, blob.digest), scope, hoped))
    return answer.status == HTTPStatus.OK and is_whole(answer.headers, blob.size)


def is_whole(headers: Mapping[str, str], size: int) -> bool:
    """Tell whether nothing in *headers* speaks against a blob of *size* bytes.

    A length of zero says nothing: servers set it on answers without a body. Nor does the length of
    content that was packed on the way.
    """
    told = headers.get("Content-Length", "").lstrip("0")
    is_packed = headers.get("Content-Encoding", "identity") != "identity"
    return is_packed or not told.isdecimal() or told == str(size)


@asynccontextmanager
async def open_blob(
    client: RegistryClient, scope: Scope, blob: Descriptor
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open a blob for reading, checked on the way; see ``BlobFetcher``."""
    call = Call("GET", _path(scope, blob.digest), scope, limit_bytes=blob.size + 1)
    if blob.is_small:
        yield _checked_whole((await client.ask(call)).body, blob)
        return
    async with client.stream(call) as response:
        yield checked(response, blob)


async def _checked_whole(content: bytes, blob: Descriptor) -> AsyncIterator[bytes]:
    check = DigestCheck(blob.digest, blob.size)
    check.update(content)
    check.finish()
    if content:
        yield content


async def checked(response: Response, blob: Descriptor) -> AsyncIterator[bytes]:
    """Give the chunks of *response*, the last one only when the whole is what *blob* says.

    Raises:
        ContentError: Digest or size are wrong.
    """
    check = DigestCheck(blob.digest, blob.size)
    held = b""
    async for chunk in response.chunks():
        check.update(chunk)
        if held:
            yield held
        held = chunk
    check.finish()
    if held:
        yield held


async def mount(
    client: RegistryClient, scope: Scope, digest: Digest, from_repository: str
) -> str | None:
    """Ask for *digest* to be taken over from a neighbour; None when that was done.

    Else the location of the upload that the registry began instead, or "" if it began none.
    """
    call = Call(
        "POST",
        f"/v2/{scope.repository}/blobs/uploads/?mount={digest}&from={from_repository}",
        Scope(scope.repository, scope.actions, mounted_from=from_repository),
        frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED}),
        body=b"",
    )
    try:
        answer = await client.ask(call)
    except UnauthorizedError:
        raise
    except RegistryError:
        return ""  # whatever keeps it from mounting does not keep us from pushing
    if answer.status == HTTPStatus.CREATED:
        return None
    return answer.location


def _path(scope: Scope, digest: Digest) -> str:
    return f"/v2/{scope.repository}/blobs/{digest}"
