"""Setting a tag: only where it does not name the image yet, and must not stay as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import NotFoundError, RepoSyncError

if TYPE_CHECKING:
    from reposync.copy.copy_state import CopyState
    from reposync.copy.graph import GraphCopier, Walk
    from reposync.oci.manifest import Manifest


async def set_tag(graph: GraphCopier, walk: Walk, manifest: Manifest, state: CopyState) -> None:
    """Push *manifest* under its tag, unless that names it already or must stay as it is."""
    if state.names(manifest):
        return
    await _recheck(state, manifest)
    if state.is_open and not state.names(manifest):
        await graph.push(walk, manifest, state, state.tag)
        state.was_tagged = state.is_open


async def _recheck(state: CopyState, manifest: Manifest) -> None:
    """Resolve a tag that is never moved right before it is set; skip it if another writer has it.

    Nothing narrows the moment between this answer and the push any further: the distribution
    specification has no conditional push.
    """
    reason = state.rule.overwrite.reason_to_keep(state.tag)
    if not reason or not state.tag:
        return
    try:
        found = await state.destination.resolve(state.tag)
    except NotFoundError:
        return  # some registries answer so for a repository that does not exist yet
    except RepoSyncError as error:
        state.fail(f"look up tag {state.tag}", "destination", error)
        return
    if found is not None:
        state.found_digest = found.digest
        if not manifest.has_digest(found.digest):
            state.skipped = reason
