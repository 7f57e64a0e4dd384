"""One image at its destinations: its tag at both sides, and what is below it as deep as asked for.

A tag costs one HEAD at its source and one at each destination. Manifests are read at the
destination; at the source only an index of which platforms are left out, and what is needed to know
whether the platforms let a missing image through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.copy.platform_choice import reason_to_skip
from reposync.copy.platforms import PlatformMode
from reposync.copy.run_all import results
from reposync.errors import RepoSyncError
from reposync.oci import media_type
from reposync.verify.depth import Depth
from reposync.verify.findings import Flaw, Gap, Kind, Verdict, gap
from reposync.verify.graph import Root
from reposync.verify.judging import Expected, is_made_alike, missing
from reposync.verify.look_up import looked_up
from reposync.verify.once import Once
from reposync.verify.referrers import Search

if TYPE_CHECKING:
    from reposync.copy.abilities import Inspected, Source
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest
    from reposync.sync.select import DestinationRule
    from reposync.verify.findings import Finding
    from reposync.verify.graph import Below, GraphChecker
    from reposync.verify.manifests import Manifests
    from reposync.verify.referrers import ReferrerChecker


class Pair(Struct, frozen=True):
    """An image at its source, a tag or digest, and a destination that should have it."""

    source: Source
    name: str
    destination: Inspected
    wanted: DestinationRule

    @property
    def tag(self) -> str:
        """The tag that the image should have there; empty where it should have none."""
        return self.wanted.tag

    @property
    def platforms(self) -> PlatformRule | None:
        """The platforms that the destination gets."""
        return self.wanted.rule.platforms


class Sides(Struct, frozen=True):
    """What the name of an image means at its source, and at a destination."""

    source: Descriptor
    found: Descriptor | None


class ImageChecker(Struct):
    """Checks images down to ``depth``, sharing what it finds among all of a run."""

    depth: Depth
    manifests: Manifests
    graph: GraphChecker
    referrers: ReferrerChecker
    _below: Once[tuple[Finding, ...]] = field(default_factory=Once)

    async def check(self, pairs: list[Pair]) -> list[Verdict]:
        """Check one image at all its destinations; *pairs* have the same source and image."""
        source, name = pairs[0].source, pairs[0].name
        root, *found = await results(
            [
                looked_up(source, name, "source"),
                *(self._found(pair) for pair in pairs),
            ]
        )
        if root is None:
            root = Gap(f"the source has no {source.reference.naming(name)}")
        return await results(
            [self._verdict(pair, root, one) for pair, one in zip(pairs, found, strict=True)]
        )

    async def _found(self, pair: Pair) -> Descriptor | Gap | None:
        """Look up what is there; by digest only where the digest is known to be the source's."""
        if not pair.tag and pair.platforms is not None:
            return None
        return await looked_up(pair.destination, pair.tag or pair.name, "destination")

    async def _verdict(
        self, pair: Pair, root: Descriptor | Gap, found: Descriptor | Gap | None
    ) -> Verdict:
        verdict = Verdict(pair.wanted.place.reference.naming(pair.tag or pair.name))
        for one in (root, found):
            if isinstance(one, Gap):
                return replace(verdict, findings=(one,))
        assert not isinstance(root, Gap)  # noqa: S101 -- returned above
        assert not isinstance(found, Gap)  # noqa: S101 -- the same
        try:
            return await self._judged(pair, Sides(root, found), verdict)
        except RepoSyncError as error:
            unknown = gap("determine what is expected", "source", error)
            return replace(verdict, findings=(unknown,))

    async def _judged(self, pair: Pair, sides: Sides, verdict: Verdict) -> Verdict:
        """Compare both sides, and go on below where the tag is right.

        Raises:
            RepoSyncError: The source does not tell what is expected.
        """
        expected = await self._expected(pair, sides)
        if expected.left_out:
            return replace(verdict, left_out=expected.left_out)
        found: Descriptor | Gap | None = sides.found
        if not pair.tag and pair.platforms is not None:
            found = await looked_up(pair.destination, expected.digest, "destination")
        if isinstance(found, Gap):
            return replace(verdict, findings=(found,))
        if found is None:
            return replace(verdict, findings=(missing(expected, pair.tag),))
        is_right = await self._is_expected(pair, expected, found)
        if isinstance(is_right, Gap):
            return replace(verdict, findings=(is_right,))
        kept = "" if is_right else pair.wanted.rule.overwrite.reason_to_keep(pair.tag)
        if not (is_right or kept):
            return replace(verdict, findings=(Flaw(Kind.OTHER_DIGEST, expected.digest),))
        below = await self._checked_below(pair, expected, found, is_kept=bool(kept))
        return replace(verdict, findings=below, kept=kept)

    async def _expected(self, pair: Pair, sides: Sides) -> Expected:
        """Determine what should be at the destination.

        Raises:
            RepoSyncError: The source does not tell.
        """
        root, rule = sides.source, pair.platforms
        is_same = sides.found is not None and sides.found.digest == root.digest
        is_image = root.media_type in media_type.IMAGES
        if rule is None or (is_same and (is_image or rule.mode is PlatformMode.SPARSE)):
            return Expected(root.digest, root.digest)
        reader = pair.destination if is_same else pair.source
        try:
            manifest = await self.manifests.read(reader, root.digest, exists=True)
        except RepoSyncError:
            if not is_same:
                raise
            reader = pair.source
            manifest = await self.manifests.read(reader, root.digest, exists=True)
        left_out = await reason_to_skip(reader, manifest, rule)
        if left_out or not manifest.is_index:
            return Expected(root.digest, root.digest, left_out=left_out)
        applied = rule.applied(manifest)
        return Expected(root.digest, applied.digest, applied)

    async def _is_expected(self, pair: Pair, expected: Expected, found: Descriptor) -> bool | Gap:
        """Return whether *found* is what is expected, also by another digest of the same."""
        if found.digest == expected.digest:
            return True
        is_other_algorithm = found.digest.algorithm != expected.digest.algorithm
        rule = pair.platforms
        if not is_other_algorithm and (rule is None or expected.manifest is None):
            return False
        try:
            there = await self.manifests.read(pair.destination, found.digest, exists=True)
        except RepoSyncError as error:
            return gap(f"read manifest {found.digest.short}", "destination", error)
        if is_other_algorithm and there.has_digest(expected.digest):
            return True
        return rule is not None and is_made_alike(rule, expected, there)

    async def _checked_below(
        self, pair: Pair, expected: Expected, found: Descriptor, *, is_kept: bool
    ) -> tuple[Finding, ...]:
        """Check all below a tag once for all tags that name the same."""
        if not self.depth.includes(Depth.MANIFESTS):
            return ()
        rule = pair.wanted.rule
        places = pair.source.reference, pair.destination.reference
        group = places, rule.platforms, rule.referrers, rule.overwrite.only_adds, is_kept
        return await self._below.get(
            group,
            found.digest.raw + expected.source.raw,
            lambda: self._check_below(pair, expected, found, is_kept=is_kept),
        )

    async def _check_below(
        self, pair: Pair, expected: Expected, found: Descriptor, *, is_kept: bool
    ) -> tuple[Finding, ...]:
        rule = pair.wanted.rule
        platforms = rule.platforms
        is_sparse = platforms is not None and platforms.mode is PlatformMode.SPARSE
        root = Root(
            found.digest,
            found.media_type,
            exists=True,
            sparse=platforms if is_sparse else None,
        )
        below = await self.graph.check(pair.destination, root)
        findings = below.findings
        if rule.referrers is not None and not is_kept:
            search = Search(pair.source, pair.destination, rule.referrers, rule.overwrite.only_adds)
            subjects = [*_root_subject(below, expected), *below.manifests]
            findings += await self.referrers.check(search, subjects)
        return tuple(dict.fromkeys(findings))


def _root_subject(below: Below, expected: Expected) -> list[Digest]:
    """Return under which digest the source has referrers of the root; it has no stripped index."""
    is_stripped = expected.manifest is not None and expected.digest != expected.source
    return [] if is_stripped or not below.exists else [expected.source]
