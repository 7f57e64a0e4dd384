"""Deleting from one repository: a tag, a manifest with its tags, a blob.

Decides which answer means that the registry does not delete: deletion is disabled or the registry
is read-only (405), or it cannot delete by tag (distribution 2 answers 400, as a tag is no digest).

Spec: distribution-spec v1.1.1, end-9, end-10.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import UnsupportedError
from reposync.oci import error_code
from reposync.registry.auth.tokens import Scope
from reposync.registry.call import Call

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_DELETED = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.OK, HTTPStatus.NO_CONTENT})
_NEVER = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_GONE = HTTPStatus.NOT_FOUND
_NO_TAG_DELETION = HTTPStatus.BAD_REQUEST


async def delete_tag(client: RegistryClient, repository: str, tag: str) -> bool:
    """Delete *tag*; see ``Deleter``."""
    path = f"/v2/{repository}/manifests/{tag}"
    return await _delete(client, repository, path, _NEVER | {_NO_TAG_DELETION})


async def delete_manifest(client: RegistryClient, repository: str, digest: Digest) -> bool:
    """Delete the manifest *digest*; see ``Deleter``."""
    return await _delete(client, repository, f"/v2/{repository}/manifests/{digest}", _NEVER)


async def delete_blob(client: RegistryClient, repository: str, digest: Digest) -> bool:
    """Delete the blob *digest*; see ``Deleter``."""
    return await _delete(client, repository, f"/v2/{repository}/blobs/{digest}", _NEVER)


async def _delete(
    client: RegistryClient, repository: str, path: str, unsupported: frozenset[int]
) -> bool:
    answer = await client.ask(
        Call("DELETE", path, Scope(repository, "delete"), _DELETED | unsupported | {_GONE})
    )
    if answer.status in unsupported:
        raise _unsupported(client.host, answer)
    return answer.status != _GONE


def _unsupported(host: str, answer: BufferedResponse) -> UnsupportedError:
    body = error_code.parse(answer.body)
    codes = f" ({', '.join(body.codes)})" if body.codes else ""
    is_by_tag = answer.status == _NO_TAG_DELETION
    hint = (
        "it may delete by digest"
        if is_by_tag
        else "allow deletion at the registry (in distribution: storage.delete.enabled), and check "
        "that it is not read-only"
    )
    return UnsupportedError(
        f"{host} does not delete {'by tag' if is_by_tag else 'this'}: it answered "
        f"{answer.status_text} to DELETE {answer.path}{codes}",
        method=answer.method,
        url=answer.url.partition("?")[0],
        status=answer.status,
        codes=body.codes,
        hint=hint,
    )
