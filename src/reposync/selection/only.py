"""Only: the part of a run that ``--only PATTERN`` selects: repositories, and optionally tags.

``team/*`` is every tag of these repositories, ``team/*:1.2*`` some of their tags; a digest may take
the place of a tag.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.selection.errors import InvalidSelectorError
from reposync.selection.glob import DIGEST_OR_TAG, compile_glob
from reposync.selection.pattern import REGEX
from reposync.selection.repositories import parse_repository_pattern
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.selection.regex import Expression
    from reposync.selection.repositories import RepositoryPattern

_SEPARATOR = r"[:@]"


class Only(Struct, frozen=True):
    """Which images are selected; without ``tags`` all images of the repositories."""

    text: str
    repositories: RepositoryPattern
    tags: Expression | None = None

    def may_match(self, repository: str) -> bool:
        """Return whether any image of *repository* can be selected."""
        return self.repositories.match(repository) is not None

    def matches(self, repository: str, tag: str) -> bool:
        """Return whether *tag* of *repository* is selected.

        *tag* is a digest if the image has no tag.
        """
        return self.may_match(repository) and (self.tags is None or self.tags.matches(tag))


def parse_only(text: str) -> Only:
    """Parse *text*.

    Raises:
        InvalidSelectorError: It is not a glob over ``repository`` or ``repository:tag``.
    """
    text = text.strip()
    if text.startswith(REGEX):
        raise InvalidSelectorError(
            f"{quoted(text)} is a regular expression, where a pattern is required",
            hint="write, for example, `team/*` or `team/**:1.2*`",
        )
    repository, *tags = re.split(_SEPARATOR, text, maxsplit=1)
    if not repository or tags == [""]:
        raise InvalidSelectorError(
            f"{quoted(text)} names only one side of the `:`" if text else "the pattern is empty",
            hint="write `repository` or `repository:tag`; `**:1.2*` is a tag of any repository",
        )
    repositories = parse_repository_pattern(repository)
    return Only(text, repositories, compile_glob(tags[0], DIGEST_OR_TAG) if tags else None)
