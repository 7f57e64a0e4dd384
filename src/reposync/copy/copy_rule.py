"""Copy rules: what a destination gets of an image. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.overwrite import OverwriteRule
from reposync.copy.platforms import PlatformMode

if TYPE_CHECKING:
    from reposync.copy.platforms import PlatformRule
    from reposync.copy.referrer_rule import ReferrerRule


class CopyRule(Struct, frozen=True):
    """What a destination gets of an image; by default its whole graph, without its referrers.

    With ``may_be_sparse`` an index that exists already, and that the ledger does not know, may lack
    images that an earlier rule dropped.
    """

    platforms: PlatformRule | None = None
    referrers: ReferrerRule | None = None
    overwrite: OverwriteRule = field(default_factory=OverwriteRule)
    may_be_sparse: bool = False

    @property
    def form(self) -> str:
        """Name what is made of an index; empty where it stays whole."""
        return self.platforms.form if self.platforms else ""

    @property
    def strips(self) -> bool:
        """Whether an index becomes a smaller one, with another digest."""
        return self.platforms is not None and self.platforms.mode is PlatformMode.STRIP

    def makes(self, form: str) -> bool:
        """Return whether an index of *form*, as the ledger recorded it, is what is wanted."""
        return self.platforms.makes(form) if self.platforms else not form
