"""Templates: the destination's repository, made from the source's: ``mirror/{parent}/{basename}``.

Decides which placeholders exist and how they are filled. Templates that never yield a valid name
are rejected here; other names are checked where they are used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.reference import canonical_repository
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.placeholders import parse_pieces
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

BUILT_IN = ("repository", "parent", "basename")
"""``team/a/nginx`` is the repository, ``team/a`` its parent, ``nginx`` its basename."""

_SAMPLE = "x"


class Template(Struct, frozen=True):
    """A name with placeholders; ``pieces`` are texts and, at odd places, placeholders."""

    text: str
    pieces: tuple[str, ...]

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders, in order."""
        return self.pieces[1::2]

    def fill(self, repository: str, groups: Mapping[str, str] | None = None) -> str:
        """Return the name for the source *repository*; *groups* are those of the pattern.

        An empty part, such as the parent of ``nginx``, is removed with its ``/``.
        """
        parent, _, basename = repository.rpartition("/")
        values = {
            **(groups or {}),
            "repository": repository,
            "parent": parent,
            "basename": basename,
        }
        filled = (values[piece] if index % 2 else piece for index, piece in enumerate(self.pieces))
        return re.sub("/+", "/", "".join(filled)).strip("/")


def parse_template(text: str, groups: Collection[str] = ()) -> Template:
    """Parse *text*, which may use *groups* in addition to the built-in placeholders.

    Raises:
        InvalidSelectorError: A placeholder is unknown, a brace is not closed, or the template never
            yields a valid name.
    """
    text = text.strip()
    if not text:
        raise InvalidSelectorError("the text is empty", hint="write `{repository}` for the same")
    template = Template(text, parse_pieces(text, (*BUILT_IN, *groups), "basename"))
    _check_legal(template, groups)
    return template


def _check_legal(template: Template, groups: Collection[str]) -> None:
    sample = template.fill(f"{_SAMPLE}/{_SAMPLE}", dict.fromkeys(groups, _SAMPLE))
    try:
        canonical_repository("", sample)
    except InvalidReferenceError as error:
        raise InvalidSelectorError(
            f"{quoted(template.text)} never yields a valid repository name", hint=error.hint
        ) from None
