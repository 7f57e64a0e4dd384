"""What a destination's tag names, compared with what it should name.

Decides whether an image is up to date, is to be copied, or must stay as it is: from one HEAD on
either side and from what the ledger says of the tag. The destination is read only where these
cannot tell: for an index of which platforms were left out, and for digests of two algorithms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.copy_state import target_of
from reposync.copy.platforms import PlatformMode
from reposync.copy.run_all import results
from reposync.errors import NotFoundError, RepoSyncError
from reposync.oci import media_type
from reposync.sync_record import SyncRecord

if TYPE_CHECKING:
    from reposync.copy.copy_state import CopyState
    from reposync.copy.ledger_protocol import Ledger
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

_CHILDREN_AT_ONCE = 64


class Comparison(Struct):
    """Compares tags at destinations with what they should name, and records what it found."""

    manifests: ManifestCache
    ledger: Ledger

    async def recall(self, state: CopyState, name: str) -> None:
        """Note what the ledger says; an immutable tag that it knows is up to date.

        In a layout such a tag is looked up even so: that is no request, and what a stopped run
        left there must still be packed.
        """
        known = state.known = self.ledger.recall(target_of(state, name))
        if known is None or not state.tag or not state.rule.makes(known.form):
            return
        if not state.rule.overwrite.is_immutable(state.tag):
            return
        if state.destination.is_at_hand and not await _is_there(state, known.there):
            return
        state.digest_there, state.made_from = known.there, known.source
        state.delivered = known.there if known.form else known.source

    async def judge(self, state: CopyState, root: Descriptor) -> None:
        """Decide whether *state* is up to date, is to be made, or is skipped."""
        state.made_from = root.digest
        if await self._is_up_to_date(state, root):
            state.delivered = state.digest_there if state.rule.form else root.digest
            return
        state.is_late = True
        if _moves(state, root):
            state.skipped = state.rule.overwrite.reason_to_keep(state.tag)

    def record(self, state: CopyState, name: str, root: Descriptor) -> None:
        """Record what the digests alone do not tell, or what was recorded before."""
        there = state.delivered if state.is_late else state.digest_there
        if state.delivered is None or there is None:
            return
        rule, is_index = state.rule, root.media_type in media_type.INDEXES
        is_asked_for = rule.form or state.known or rule.overwrite.is_immutable(state.tag)
        if is_asked_for or there != root.digest or (rule.may_be_sparse and is_index):
            sync_record = SyncRecord(root.digest, rule.form, there)
            if sync_record != state.known:
                self.ledger.record(target_of(state, name), sync_record)

    async def _is_up_to_date(self, state: CopyState, root: Descriptor) -> bool:
        there, known, rule = state.digest_there, state.known, state.rule
        if there is None:
            return False
        is_comparable = there.algorithm == root.digest.algorithm
        is_image = root.media_type in media_type.IMAGES
        if known is not None and known.there == there:
            if known.source.algorithm == root.digest.algorithm:
                return known.source == root.digest and rule.makes(known.form)
        elif is_comparable and (rule.platforms is None or is_image):
            if there != root.digest or state.is_sparse_there:
                return False
            if is_image or not rule.may_be_sparse:
                return True
        try:
            # Read where it costs no pull; what cannot be read is brought.
            return await self._is_made(state, there, root.digest)
        except RepoSyncError:
            return False

    async def _is_made(self, state: CopyState, there: Digest, source: Digest) -> bool:
        """Read what the tag names; return whether it is what the rule makes of *source*."""
        manifest = await self.manifests.fetch(state.destination, there)
        platforms = state.rule.platforms if manifest.is_index else None
        is_same = manifest.has_digest(source)
        if not (platforms.made(manifest, source) if platforms else is_same):
            return False
        if platforms:
            return not is_same or await _has_children(state, platforms.applied(manifest))
        return not state.rule.may_be_sparse or await _has_children(state, manifest)


async def recheck(state: CopyState, manifest: Manifest) -> None:
    """Look a tag that is never moved up right before it is set; skip it if another writer has it.

    Nothing narrows the moment between this answer and the push any further: the distribution
    specification has no push on a condition.
    """
    reason = state.rule.overwrite.reason_to_keep(state.tag)
    if not reason or not state.tag:
        return
    try:
        there = await state.destination.resolve(state.tag)
    except NotFoundError:
        return  # some say so of a repository that is not there yet
    except RepoSyncError as error:
        state.fail(f"look up tag {state.tag}", "destination", error)
        return
    if there is not None:
        state.digest_there = there.digest
        if not manifest.has_digest(there.digest):
            state.skipped = reason


def names(state: CopyState, manifest: Manifest) -> bool:
    """Return whether the tag names *manifest*, as far as it was looked up."""
    return state.digest_there is not None and manifest.has_digest(state.digest_there)


async def _has_children(state: CopyState, index: Manifest) -> bool:
    """Return whether the manifests that *index* lists are there, at one HEAD for each."""
    children = [each for each in index.manifests if each.media_type in media_type.MANIFESTS]
    for start in range(0, len(children), _CHILDREN_AT_ONCE):
        portion = children[start : start + _CHILDREN_AT_ONCE]
        found = await results([state.destination.resolve(each.digest) for each in portion])
        if not all(found):
            return False
    return True


async def _is_there(state: CopyState, digest: Digest) -> bool:
    try:
        there = await state.destination.resolve(state.tag)
    except RepoSyncError:
        return False  # it is looked for once more, and what is wrong there is told
    return there is not None and there.digest == digest


def _moves(state: CopyState, root: Descriptor) -> bool:
    """Return whether the tag would name something else; what is there in part is filled up only."""
    platforms = state.rule.platforms
    is_filled_up = platforms is None or platforms.mode is PlatformMode.SPARSE
    there = state.digest_there
    return there is not None and not (is_filled_up and there == root.digest)
