"""The referrers of a manifest: by the API where there is one, else by the fallback tag.

Where the API answers, the fallback tag is not read too: a registry that has the API must list in it
what was listed behind tags before ("Enabling the Referrers API"), and a look at the tag would cost
one more request an image. That there is no API is learned once per host, from an answer that says
so of the host; a 404 that speaks of a repository or a manifest does not. Some registries with the
API answer so while nothing points to an image, so that it is asked about each of them; the fallback
tag is read only where it may be there.

A 401 or 403 is taken for "no API here", once it was told in the log: whoever may pull a manifest
may list its referrers, so the refusal comes from something in front of the registry, or from one
that says 403 for 404. An account that may not pull is refused at the fallback tag.

Spec: distribution-spec v1.1.1, end-12a, end-12b, "Referrers Tag Schema".
"""

from __future__ import annotations

from contextlib import aclosing
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from reposync.errors import ContentError, NotFoundError, ProtocolError
from reposync.oci import error_code, referrers
from reposync.oci import manifest as oci_manifest
from reposync.oci import media_type as mt
from reposync.registry.call import Call
from reposync.registry.manifests import requests
from reposync.registry.pages import pages
from reposync.registry.web_page import page_or

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_ENTRIES_LIMIT = 10_000
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NO_ROUTE = frozenset(
    {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.NOT_IMPLEMENTED}
)
_DOUBTFUL = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
_HOPED = frozenset({HTTPStatus.OK}) | _DENIED | _NO_ROUTE | _DOUBTFUL


class Verdict(Enum):
    """What an answer of the API's path means."""

    LISTED = "it is a list"
    NO_API = "the registry has no such API"
    DENIED = "the API is not for this account, or for nobody"
    SILENT = "nothing of the API, only of this repository or subject"


def verdict(answer: BufferedResponse) -> Verdict:
    """Determine what *answer* means for the API.

    A 404 or 400 with an error code of a registry's speaks of what was asked for; without one it is
    a server that does not know the path.
    """
    if answer.status == HTTPStatus.OK:
        return Verdict.LISTED if _is_index(answer) else Verdict.NO_API
    if answer.status in _DENIED:
        return Verdict.DENIED
    codes = set(error_code.parse(answer.body).codes)
    if answer.status in _DOUBTFUL and codes - {"UNSUPPORTED"}:
        return Verdict.SILENT
    return Verdict.NO_API


def _is_index(answer: BufferedResponse) -> bool:
    """Believe the Content-Type that it is an index; of any other, such as a page's, the content."""
    if mt.bare(answer.headers.get("Content-Type", "")) == mt.OCI_INDEX:
        return True
    try:
        referrers.read_index(answer.body)
    except ContentError:
        return False
    return True


async def list_referrers(
    client: RegistryClient,
    scope: Scope,
    subject: Digest,
    artifact_type: str = "",
    *,
    is_tagged: bool = True,
) -> tuple[Descriptor, ...]:
    """Find what points to *subject*; see ``ReferrerLister``."""
    found = await list_by_api(client, scope, subject, artifact_type)
    if found is not None:
        return found
    if not is_tagged:
        return ()
    index = await fallback_index(client, scope, subject)
    return _chosen(index.manifests, artifact_type) if index else ()


async def fallback_index(client: RegistryClient, scope: Scope, subject: Digest) -> Manifest | None:
    """Get the index behind the fallback tag of *subject*; None when there is none.

    Raises:
        ContentError: The tag names something else.
    """
    tag = referrers.fallback_tag(subject)
    try:
        index = await requests.fetch(client, scope, tag)
    except NotFoundError:
        return None
    if index.descriptor.media_type != mt.OCI_INDEX:
        raise ContentError(
            f"tag {tag} of {client.host}/{scope.repository} should list referrers and names a "
            f"{index.descriptor.media_type}",
            hint="move that tag to another name, or delete it",
        )
    return index


async def list_by_api(
    client: RegistryClient, scope: Scope, subject: Digest, artifact_type: str = ""
) -> tuple[Descriptor, ...] | None:
    """Ask the API; None when there is none, or it does not answer for this repository.

    Raises:
        ContentError: An answer is no index, or there is no end to the list.
    """
    query = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
    call = Call(
        "GET",
        f"/v2/{scope.repository}/referrers/{subject}{query}",
        scope,
        _HOPED,
        headers={"Accept": mt.OCI_INDEX},
        limit_bytes=oci_manifest.LIMIT_BYTES + 1,
    )
    async with aclosing(pages(client, call, "referrers")) as answers:
        async with client.state.referrers.turn():
            if client.known.referrers_api is False:
                return None
            first = await anext(answers)
            if not _learned(client, first):
                return None
        return await _collected(client, first, answers, artifact_type)


def _learned(client: RegistryClient, answer: BufferedResponse) -> bool:
    """Learn from the first page; tell whether it is one.

    Raises:
        ProtocolError: A registry that has the API answers with something else.
    """
    means = verdict(answer)
    if means is Verdict.DENIED:
        client.state.referrers.learn_denied(answer.status)
    elif means is not Verdict.SILENT:
        client.state.capabilities.observe_referrers_api(is_there=means is Verdict.LISTED)
    if means is Verdict.NO_API and answer.status == HTTPStatus.OK and client.known.referrers_api:
        other = ProtocolError(f"{client.host} answered something that is no list of referrers")
        raise page_or(other, answer, "a list of referrers")
    return means is Verdict.LISTED


async def _collected(
    client: RegistryClient,
    first: BufferedResponse,
    following: AsyncIterator[BufferedResponse],
    artifact_type: str,
) -> tuple[Descriptor, ...]:
    """Put the pages together, each entry once."""
    found = {entry.digest: entry for entry in _entries(client, first, artifact_type)}
    async for answer in following:
        if verdict(answer) is not Verdict.LISTED:
            other = ProtocolError(f"{client.host} broke off its list of referrers")
            raise page_or(other, answer, "a list of referrers")
        found |= {entry.digest: entry for entry in _entries(client, answer, artifact_type)}
        if len(found) > _ENTRIES_LIMIT:
            raise ContentError(f"{client.host} lists more than {_ENTRIES_LIMIT} referrers of one")
    return tuple(found.values())


def _entries(
    client: RegistryClient, answer: BufferedResponse, artifact_type: str
) -> tuple[Descriptor, ...]:
    if len(answer.body) > oci_manifest.LIMIT_BYTES:
        raise ContentError(f"{client.host} gives a list of referrers too large to read")
    entries = referrers.read_index(answer.body, answer.headers.get("Content-Type", "")).manifests
    applied = answer.headers.get("OCI-Filters-Applied", "").split(",")
    is_filtered = "artifactType" in {name.strip() for name in applied}
    return _chosen(entries, "" if is_filtered else artifact_type)


def _chosen(entries: Iterable[Descriptor], artifact_type: str) -> tuple[Descriptor, ...]:
    return tuple(entry for entry in entries if artifact_type in {"", entry.artifact_type})
