"""What a destination should have of one image, before any registry was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.copy.copy_rule import CopyRule

if TYPE_CHECKING:
    from reposync.copy.abilities import Destination
    from reposync.oci.reference import Reference


class Desired(Struct, frozen=True):
    """An image of *source* that *destination* should have, by the rule of a stage.

    ``rule_number`` is the place of the rule in the stage, from 0. ``source`` has the name that is
    looked up, a tag or a digest; ``destination`` the tag that the image gets, or its digest.
    """

    stage: str
    source: Reference
    destination: Reference
    rule: CopyRule = field(default_factory=CopyRule)
    rule_number: int = 0


class Target(Struct, frozen=True):
    """A desired image with the repository that it goes to.

    ``is_new`` says that the tag is known not to exist, and need not be looked up.
    """

    desired: Desired
    destination: Destination
    is_new: bool = False

    @property
    def place(self) -> Reference:
        """The destination's repository."""
        return self.destination.reference

    @property
    def tag(self) -> str:
        """The tag that the image gets; empty where it gets none."""
        return self.desired.destination.tag
