"""What a destination's tag names, compared with what it should name.

Decides whether an image is up to date, is to be copied, or must stay as it is: from one HEAD on
either side and from what the ledger says of the tag. The destination is read only where these
cannot tell: for an index of which platforms were left out, and for digests of two algorithms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.delivery import target_of
from reposync.copy.platforms import PlatformMode
from reposync.copy.together import results
from reposync.errors import NotFoundError, RepoSyncError
from reposync.oci import media_type
from reposync.standing import Standing

if TYPE_CHECKING:
    from reposync.copy.delivery import Delivery
    from reposync.copy.known import Ledger
    from reposync.copy.manifest_cache import ManifestCache
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest

_CHILDREN_AT_ONCE = 64


class Comparison(Struct):
    """Compares tags at destinations with what they should name, and records what it found."""

    manifests: ManifestCache
    ledger: Ledger

    async def recall(self, delivery: Delivery, name: str) -> None:
        """Note what the ledger says; an immutable tag that it knows is up to date.

        In a layout such a tag is looked up even so: that is no request, and what a stopped run
        left there must still be packed.
        """
        known = delivery.known = self.ledger.recall(target_of(delivery, name))
        if known is None or not delivery.tag or not delivery.rule.makes(known.form):
            return
        if not delivery.rule.overwrite.is_immutable(delivery.tag):
            return
        if delivery.destination.is_at_hand and not await _is_there(delivery, known.there):
            return
        delivery.digest_there, delivery.made_from = known.there, known.source
        delivery.delivered = known.there if known.form else known.source

    async def judge(self, delivery: Delivery, root: Descriptor) -> None:
        """Decide whether *delivery* is up to date, is to be made, or is skipped."""
        delivery.made_from = root.digest
        if await self._is_up_to_date(delivery, root):
            delivery.delivered = delivery.digest_there if delivery.rule.form else root.digest
            return
        delivery.is_late = True
        if _moves(delivery, root):
            delivery.skipped = delivery.rule.overwrite.reason_to_keep(delivery.tag)

    def record(self, delivery: Delivery, name: str, root: Descriptor) -> None:
        """Record what the digests alone do not tell, or what was recorded before."""
        there = delivery.delivered if delivery.is_late else delivery.digest_there
        if delivery.delivered is None or there is None:
            return
        rule, is_index = delivery.rule, root.media_type in media_type.INDEXES
        is_asked_for = rule.form or delivery.known or rule.overwrite.is_immutable(delivery.tag)
        if is_asked_for or there != root.digest or (rule.may_be_sparse and is_index):
            standing = Standing(root.digest, rule.form, there)
            if standing != delivery.known:
                self.ledger.record(target_of(delivery, name), standing)

    async def _is_up_to_date(self, delivery: Delivery, root: Descriptor) -> bool:
        there, known, rule = delivery.digest_there, delivery.known, delivery.rule
        if there is None:
            return False
        is_comparable = there.algorithm == root.digest.algorithm
        is_image = root.media_type in media_type.IMAGES
        if known is not None and known.there == there:
            if known.source.algorithm == root.digest.algorithm:
                return known.source == root.digest and rule.makes(known.form)
        elif is_comparable and (rule.platforms is None or is_image):
            if there != root.digest or delivery.is_sparse_there:
                return False
            if is_image or not rule.may_be_sparse:
                return True
        try:
            # Read where it costs no pull; what cannot be read is brought.
            return await self._is_made(delivery, there, root.digest)
        except RepoSyncError:
            return False

    async def _is_made(self, delivery: Delivery, there: Digest, source: Digest) -> bool:
        """Read what the tag names; return whether it is what the rule makes of *source*."""
        manifest = await self.manifests.fetch(delivery.destination, there)
        platforms = delivery.rule.platforms if manifest.is_index else None
        is_same = manifest.has_digest(source)
        if not (platforms.made(manifest, source) if platforms else is_same):
            return False
        if platforms:
            return not is_same or await _has_children(delivery, platforms.applied(manifest))
        return not delivery.rule.may_be_sparse or await _has_children(delivery, manifest)


async def recheck(delivery: Delivery, manifest: Manifest) -> None:
    """Look a tag that is never moved up right before it is set; skip it if another writer has it.

    Nothing narrows the moment between this answer and the push any further: the distribution
    specification has no push on a condition.
    """
    reason = delivery.rule.overwrite.reason_to_keep(delivery.tag)
    if not reason or not delivery.tag:
        return
    try:
        there = await delivery.destination.resolve(delivery.tag)
    except NotFoundError:
        return  # some say so of a repository that is not there yet
    except RepoSyncError as error:
        delivery.fail(f"look up tag {delivery.tag}", "destination", error)
        return
    if there is not None:
        delivery.digest_there = there.digest
        if not manifest.has_digest(there.digest):
            delivery.skipped = reason


def names(delivery: Delivery, manifest: Manifest) -> bool:
    """Return whether the tag names *manifest*, as far as it was looked up."""
    return delivery.digest_there is not None and manifest.has_digest(delivery.digest_there)


async def _has_children(delivery: Delivery, index: Manifest) -> bool:
    """Return whether the manifests that *index* lists are there, at one HEAD for each."""
    children = [each for each in index.manifests if each.media_type in media_type.MANIFESTS]
    for start in range(0, len(children), _CHILDREN_AT_ONCE):
        portion = children[start : start + _CHILDREN_AT_ONCE]
        found = await results([delivery.destination.resolve(each.digest) for each in portion])
        if not all(found):
            return False
    return True


async def _is_there(delivery: Delivery, digest: Digest) -> bool:
    try:
        there = await delivery.destination.resolve(delivery.tag)
    except RepoSyncError:
        return False  # it is looked for once more, and what is wrong there is told
    return there is not None and there.digest == digest


def _moves(delivery: Delivery, root: Descriptor) -> bool:
    """Return whether the tag would name something else; what is there in part is filled up only."""
    platforms = delivery.rule.platforms
    is_filled_up = platforms is None or platforms.mode is PlatformMode.SPARSE
    there = delivery.digest_there
    return there is not None and not (is_filled_up and there == root.digest)
