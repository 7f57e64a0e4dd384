"""Blobs of one repository: is it there, and its bytes.

Spec: distribution-spec v1.1.1, end-2.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.errors import (
    CorruptContentError,
    NotFoundError,
    ProtocolError,
    RepoSyncError,
    TransportError,
    UnreadableError,
)
from reposync.oci.digest import DigestCheck
from reposync.registry import header_numbers
from reposync.registry.buffered_response import BufferedResponse
from reposync.registry.call import Call
from reposync.registry.manifests.head import look
from reposync.registry.throttle.byte_rate import limited
from reposync.registry.web_page import page_or

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.client import RegistryClient
    from reposync.retry import Attempts


_RESUMED_LIMIT = 100
_PROGRESS_BYTES = 64 * 1024
"""What an answer must bring so that the tries are counted anew after it breaks off."""


async def exists(client: RegistryClient, scope: Scope, blob: Descriptor) -> bool:
    """Return by HEAD whether the blob is there; one of another length does not count.

    A registry that denies the look, or fails at it, may still take the push, and then says what is
    wrong with it.
    """
    expected_statuses = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN})
    try:
        answer = await look(
            client, Call("HEAD", _path(scope, blob.digest), scope, expected_statuses)
        )
    except UnreadableError:
        return False
    return answer.status == HTTPStatus.OK and is_whole(answer.headers, blob.size)


async def stored_size(client: RegistryClient, scope: Scope, blob: Descriptor) -> int | None:
    """Return by HEAD the length of what is stored as *blob*; None where nothing is.

    Unlike ``exists`` it decides nothing about a push, so a refusal is an error. Where HEAD reports
    no length, or zero for a blob that has bytes, the header of a GET decides: a file that a full
    disk left empty must not pass.
    """
    expected_statuses = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})
    answer = await look(client, Call("HEAD", _path(scope, blob.digest), scope, expected_statuses))
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    reported = reported_size(answer.headers)
    if reported is None and blob.size:
        return await _size_by_get(client, scope, blob)
    return blob.size if reported is None else reported


async def _size_by_get(client: RegistryClient, scope: Scope, blob: Descriptor) -> int | None:
    """Return the length that the head of a GET reports, where a zero means zero."""
    call = Call("GET", _path(scope, blob.digest), scope)
    attempts = client.attempts(f"blob {blob.digest.short} of {client.host}")
    while True:
        try:
            async with client.stream(call) as response:
                reported = header_numbers.length(response.headers.get("Content-Length", ""))
                is_packed = "Content-Encoding" in response.headers
                return blob.size if reported is None or is_packed else reported
        except NotFoundError:
            return None
        except RepoSyncError as error:
            await attempts.wait(error)


def is_whole(headers: Mapping[str, str], size: int) -> bool:
    """Return whether nothing in *headers* contradicts a blob of *size* bytes."""
    return reported_size(headers) in {None, size}


def reported_size(headers: Mapping[str, str]) -> int | None:
    """Return the length in bytes that *headers* report; None where they do not.

    A length of zero says nothing: servers set it on answers without a body. Nor does the length of
    content that was packed on the way.
    """
    if headers.get("Content-Encoding", "identity") != "identity":
        return None
    return header_numbers.length(headers.get("Content-Length", "")) or None


@asynccontextmanager
async def open_blob(
    client: RegistryClient, scope: Scope, blob: Descriptor
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open a blob for reading, checked on the way; see ``BlobFetcher``."""
    call = Call("GET", _path(scope, blob.digest), scope, limit_bytes=blob.size + 1)
    if blob.is_small:
        answer = await client.ask_single(call)
        if client.state.byte_rate is not None:
            await client.state.byte_rate.take(len(answer.body))
        yield _checked_whole(answer, blob)
        return
    async with AsyncExitStack() as stack:
        reading = _Reading(client, call, stack)
        await reading.open_at(0)
        yield reading.checked(blob)


class _Reading:
    """A blob as it is read, in as many answers as it takes."""

    def __init__(self, client: RegistryClient, call: Call, stack: AsyncExitStack) -> None:
        self._client = client
        self._call = call
        self._stack = stack
        self._head: BufferedResponse
        self._chunks: AsyncIterator[bytes]
        self._skipped_bytes = 0

    async def open_at(self, offset: int) -> None:
        """Ask for all from *offset* on, where the registry can begin there, else for the whole.

        Spec: distribution-spec v1.1.1, end-2; RFC 9110, section 14.
        """
        await self._stack.aclose()
        call = self._call
        if offset:
            call = replace(
                call,
                expected_statuses=call.expected_statuses | {HTTPStatus.PARTIAL_CONTENT},
                headers={**call.headers, "Range": f"bytes={offset}-"},
            )
        response = await self._stack.enter_async_context(self._client.stream(call))
        self._skipped_bytes = offset
        if response.status == HTTPStatus.PARTIAL_CONTENT:
            if header_numbers.first_byte(response.headers.get("Content-Range", "")) != offset:
                raise ProtocolError(f"{self._client.host} gives another part of a blob than asked")
            self._skipped_bytes = 0
        self._head = BufferedResponse(call.method, response.url, response.status, response.headers)
        chunks, rate = response.chunks(), self._client.state.byte_rate
        self._chunks = chunks if rate is None else limited(chunks, rate)

    async def checked(self, blob: Descriptor) -> AsyncIterator[bytes]:
        """Iterate over the chunks; the last one comes only when the whole is what *blob* says.

        An answer that breaks off is resumed after a short wait, in which the transfer keeps its
        slots: the uploads that it feeds are open.

        Raises:
            CorruptContentError: Digest or size are wrong.
            WebPageError: They are, and what came is a web page.
            TransportError: It breaks off again and again.
        """
        check = DigestCheck(blob.digest, blob.size)
        held = b""
        name = f"blob {blob.digest.short} of {self._client.host}"
        attempts, counted_from, resumed = self._client.attempts(name), 0, 0
        while True:
            try:
                async for chunk in self._left():
                    check.update(chunk)
                    if held:
                        yield held
                    held = chunk
                break
            except CorruptContentError as error:
                raise page_or(error, self._head, "a blob") from error
            except TransportError as error:
                resumed += 1
                if resumed > _RESUMED_LIMIT:
                    raise
                if check.seen_bytes - counted_from >= _PROGRESS_BYTES:
                    attempts, counted_from = self._client.attempts(name), check.seen_bytes
                await self._resume(check.seen_bytes, error, attempts)
        self._finish(check)
        if held:
            yield held

    async def _resume(self, offset: int, cause: RepoSyncError, attempts: Attempts) -> None:
        """Open the rest from *offset* on after *cause* ended an answer.

        Raises:
            RepoSyncError: It cannot be opened, and no other try is due.
        """
        while True:
            await attempts.wait(cause)
            try:
                await self.open_at(offset)
            except RepoSyncError as error:
                cause = error
            else:
                return

    def _finish(self, check: DigestCheck) -> None:
        try:
            check.finish()
        except CorruptContentError as error:
            raise page_or(error, self._head, "a blob") from error

    async def _left(self) -> AsyncIterator[bytes]:
        """Return what was not seen yet."""
        async for chunk in self._chunks:
            if self._skipped_bytes >= len(chunk):
                self._skipped_bytes -= len(chunk)
            elif self._skipped_bytes:
                start, self._skipped_bytes = self._skipped_bytes, 0
                yield chunk[start:]
            else:
                yield chunk


async def _checked_whole(answer: BufferedResponse, blob: Descriptor) -> AsyncIterator[bytes]:
    check = DigestCheck(blob.digest, blob.size)
    try:
        check.update(answer.body)
        check.finish()
    except CorruptContentError as error:
        raise page_or(error, answer, "a blob") from error
    if answer.body:
        yield answer.body


def _path(scope: Scope, digest: Digest) -> str:
    return f"/v2/{scope.repository}/blobs/{digest}"
