"""Missing referrers: what refers to an image that is up to date, and a destination does not have.

Nothing is copied: the first one that is found missing ends the search for that destination.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.late_subjects import late_subjects
from reposync.copy.referrer_rule import Late
from reposync.copy.referrer_walk import ReferrerSearch, ReferrerWalk, Subject
from reposync.errors import CopyError, RepoSyncError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.copy.abilities import Destination, Source
    from reposync.copy.copy_rule import CopyRule
    from reposync.decision import Decision
    from reposync.errors import Side
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.oci.manifest import Manifest


class Check(Struct):
    """A destination at which an image is up to date; ``missing`` names what it lacks, once found.

    ``decision`` says what the image is; ``error`` is why the search failed.
    """

    destination: Destination
    rule: CopyRule
    decision: Decision
    missing: str = ""
    error: CopyError | None = None

    @property
    def is_open(self) -> bool:
        """Whether there may still be something to find."""
        return not self.missing and self.error is None

    def fail(self, operation: str, side: Side, cause: RepoSyncError) -> None:
        """End the search, because *operation* failed."""
        if self.is_open:
            self.error = CopyError(operation, side, cause)

    def follow(self, first: Check) -> None:
        """Lack what *first* lacks, which is of the same repository."""
        self.missing, self.error = first.missing, first.error


class MissingReferrers(ReferrerWalk[Check]):
    """Finds missing referrers, sharing what it learns among all of a run."""

    def may_lack(self, source: Source, check: Check) -> bool:
        """Return whether there is a question to ask about an image that is up to date."""
        rule, digest = check.rule.referrers, check.decision.digest
        if rule is None or rule.late is Late.NONE or digest is None:
            return False
        return rule.late is Late.ALL or not self.knows_of_none(source, digest)

    async def find(self, source: Source, checks: Sequence[Check]) -> None:
        """Find out what *checks* lack, which are of one image and have the same rules."""
        first = checks[0]
        rule = first.rule.referrers
        if rule is None:
            return
        subjects = await late_subjects(self.manifests, checks)
        asked = [each for each in subjects if not self.knows_of_none(source, each)]
        search = ReferrerSearch(source, first.decision.source, rule, deep=rule.late is Late.ALL)
        await self.walk(search, asked, [one for one in checks if one.is_open])

    def take_unread(self, source: Source, referrer: Digest, lacking: list[Check]) -> bool:
        """Note that *lacking* do not have the referrer, where reading it would be a pull."""
        if not source.counts_pulls:
            return False
        for one in lacking:
            one.missing = one.missing or f"a referrer is missing: {referrer.short}"
        return True

    async def take_referrer(
        self,
        search: ReferrerSearch,
        subject: Subject[Check],
        manifest: Manifest,
        lacking: list[Check],
    ) -> None:
        """Note that *lacking* do not have the referrer."""
        del search, subject
        kind = f" ({manifest.artifact_type})" if manifest.artifact_type else ""
        for one in lacking:
            one.missing = one.missing or f"a referrer is missing: {manifest.digest.short}{kind}"

    async def take_tag(
        self, search: ReferrerSearch, tag: str, root: Descriptor, late: list[Check]
    ) -> None:
        """Note that *late* do not have what the tag names."""
        del search, root
        for one in late:
            one.missing = one.missing or f"a signature or attestation is missing: tag {tag}"
