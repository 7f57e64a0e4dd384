"""Setting a tag: only where it does not name the image yet, and must not stay as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import ConflictError, DeniedError, NotFoundError, RepoSyncError

if TYPE_CHECKING:
    from reposync.copy.copy_state import CopyState
    from reposync.copy.graph import GraphCopier, Walk
    from reposync.decision import Decision
    from reposync.oci.digest import Digest
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
    """Resolve a tag that must not change right before it is set; stop if another writer has it.

    Nothing narrows the moment between this answer and the push any further: the distribution
    specification has no conditional push.
    """
    reason = state.rule.overwrite.reason_to_keep(state.tag)
    if not state.tag or not (reason or state.is_exact):
        return
    try:
        found = await state.destination.resolve(state.tag)
    except NotFoundError:
        found = None  # some registries answer so for a repository that does not exist yet
    except RepoSyncError as error:
        may_be_missing = isinstance(error, DeniedError) and state.decision.found_digest is None
        if reason or not may_be_missing:
            state.fail(f"look up tag {state.tag}", "destination", error)
            return
        found = None  # and others so, when it was planned too
    digest = found.digest if found else None
    if state.is_exact and digest != state.decision.found_digest:
        state.fail(
            f"set tag {state.tag}", "destination", changed_since_plan(state.decision, digest)
        )
    elif digest is not None:
        state.found_digest = digest
        if reason and not manifest.has_digest(digest):
            state.skipped = reason


def changed_since_plan(decision: Decision, found: Digest | None) -> ConflictError:
    """Return why a destination that is not as a plan found it is left alone."""
    before = decision.found_digest.short if decision.found_digest else "nothing"
    now = found.short if found else "nothing"
    return ConflictError(
        f"{decision.destination} changed since the plan: that found {before}, and now there is "
        f"{now}; it is left alone",
        hint="make a new plan: run-reposync plan",
    )
