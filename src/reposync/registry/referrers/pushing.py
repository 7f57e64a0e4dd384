"""Making sure that a manifest is among the referrers of its subject after a push.

A registry with the API does it by itself. For any other the index behind the fallback tag is read,
completed, pushed and read back; one writer at a time in this process. Another process may push
between our look and our push, or replace what we pushed: as long as we are not listed we begin
again from what is there then. So we never undo what we can see. No registry without the API offers
more: what another writer pushes in the moment between is kept by it looking again, as we do, at
once and when the dust has settled.

Spec: distribution-spec v1.1.1, "Pushing Manifests with Subject".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import RepoSyncError, UnavailableError
from reposync.oci import referrers
from reposync.registry.manifests import requests
from reposync.registry.referrers.listing import fallback_index, list_by_api

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.client import RegistryClient


_SETTLE_S = 0.3


async def ensure_listed(
    client: RegistryClient, scope: Scope, manifest: Manifest, subject: Digest
) -> None:
    """List *manifest*, which was just pushed, as a referrer of *subject*, unless it is already.

    Raises:
        ContentError: What the fallback tag names is no index.
        UnavailableError: Other writers replaced the list again and again.
    """
    if await _is_listed_by_api(client, scope, manifest, subject):
        return
    if await _listed_behind_tag(client, scope, manifest, subject):
        # Who read the list before we wrote it may write it after we read it back.
        await client.rest(_SETTLE_S)
        await _listed_behind_tag(client, scope, manifest, subject)


async def _listed_behind_tag(
    client: RegistryClient, scope: Scope, manifest: Manifest, subject: Digest
) -> bool:
    """List *manifest* behind the fallback tag; tell whether anything had to be written."""
    has_written = False
    tag = referrers.fallback_tag(subject)
    what = f"list of referrers {tag} of {client.host}/{scope.repository}"
    async with client.state.referrers.writing(scope.repository, tag):
        attempts = client.attempts(what)
        while True:
            index = await _completed(client, scope, manifest, subject)
            if index is None:
                break
            has_written = True
            failure = await _failure_of_push(client, scope, index, tag)
            if failure is None:
                if await _completed(client, scope, manifest, subject) is None:
                    break
                failure = UnavailableError(f"the {what} was replaced by another writer")
            await attempts.wait(failure)
    return has_written


async def _is_listed_by_api(
    client: RegistryClient, scope: Scope, manifest: Manifest, subject: Digest
) -> bool:
    """Ask a registry that did not say ``OCI-Subject``: some have the API all the same."""
    listed = await list_by_api(client, scope, subject)
    return any(entry.digest == manifest.digest for entry in listed or ())


async def _completed(
    client: RegistryClient, scope: Scope, manifest: Manifest, subject: Digest
) -> Manifest | None:
    """Return the index that is there with *manifest* added; None when that is in it."""
    index = await fallback_index(client, scope, subject)
    before = index.content if index else None
    after = referrers.added(before, manifest)
    return None if after == before else referrers.read_index(after)


async def _failure_of_push(
    client: RegistryClient, scope: Scope, index: Manifest, tag: str
) -> RepoSyncError | None:
    """Push *index* a single time; give the failure that is worth another look.

    Never the same bytes again: when the answer got lost, another writer may have built on them.
    """
    try:
        await client.ask_once(requests.put(scope, index, tag))
    except RepoSyncError as error:
        if not error.retryable:
            raise
        return error
    return None
