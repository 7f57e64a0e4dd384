"""Templates of tags: the tag at the destination, made from the source's: ``{tag}-mirrored``.

Decides which placeholders exist and how they are filled. Templates that never yield a valid tag are
rejected when they are parsed; what one makes of a tag is checked when it is filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import InvalidReferenceError
from reposync.oci.reference import is_tag
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.parsing import LEGAL_TAG
from reposync.selection.placeholders import parse_pieces
from reposync.selection.version import parse_version
from reposync.words import escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SAME_NAME = "{tag}"
"""The template by which every tag keeps its name."""

_NUMBERS = ("major", "minor", "patch")
_VERSION = "version."
BUILT_IN = ("tag", *(_VERSION + number for number in _NUMBERS), "variant")
_ALSO = ", and the named groups of `regex:` lines"
_SAMPLE = "1.2.3-x"


class TagTemplate(Struct, frozen=True):
    """A tag with placeholders; ``pieces`` are texts and, at odd indexes, placeholders."""

    text: str
    pieces: tuple[str, ...]

    @property
    def keeps_names(self) -> bool:
        """Whether every tag keeps its name."""
        return self.pieces == ("", "tag", "")

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders, in order."""
        return self.pieces[1::2]

    def fill(self, tag: str, groups: Mapping[str, str] | None = None) -> str:
        """Return the name for *tag*; *groups* are those of the expressions that match it.

        Raises:
            InvalidReferenceError: A placeholder has no value for *tag*, or the result is no tag.
        """
        values = {**(groups or {}), "tag": tag}
        filled = "".join(
            self._value(piece, tag, values) if index % 2 else piece
            for index, piece in enumerate(self.pieces)
        )
        if not is_tag(filled):
            raise InvalidReferenceError(
                f"the template {quoted(self.text)} makes `{escaped(filled)}` of the tag "
                f"`{escaped(tag)}`, which is not a valid tag",
                hint=LEGAL_TAG,
            )
        return filled

    def _value(self, placeholder: str, tag: str, values: Mapping[str, str]) -> str:
        if placeholder == "variant":
            version = parse_version(tag)
            return version.variant if version else ""
        if placeholder.startswith(_VERSION):
            return self._number(placeholder.removeprefix(_VERSION), tag)
        if placeholder in values:
            return values[placeholder]
        raise self._no_name(
            tag,
            f"no `regex:` line with the group {quoted(placeholder)} matches it",
            "select it by such a line, or name it with `as`",
        )

    def _number(self, name: str, tag: str) -> str:
        version = parse_version(tag)
        if version is None:
            hint = "select versions only, as with `semver: *`, or name this tag with `as`"
            raise self._no_name(tag, "it is not a version", hint)
        numbers, place = version.numbers, _NUMBERS.index(name)
        if place >= len(numbers):
            hint = "select tags that have one, or name this tag with `as`"
            raise self._no_name(tag, f"it has no {name} number", hint)
        return numbers[place]

    def _no_name(self, tag: str, why: str, hint: str) -> InvalidReferenceError:
        shown = quoted(self.text)
        return InvalidReferenceError(
            f"the template {shown} has no name for the tag `{escaped(tag)}`: {why}", hint=hint
        )


def parse_tag_template(text: str, groups: Collection[str] = ()) -> TagTemplate:
    """Parse *text*, which may use *groups* in addition to the built-in placeholders.

    Raises:
        InvalidSelectorError: A placeholder is unknown or means two things, a brace is not closed,
            or the template never yields a valid tag.
    """
    text = text.strip()
    template = TagTemplate(text, parse_pieces(text, (*BUILT_IN, *groups), "tag", _ALSO))
    for name in template.placeholders:
        if name in BUILT_IN and name in groups:
            raise InvalidSelectorError(
                f"{quoted(f'{{{name}}}')} means both a built-in placeholder and a group of a "
                "`regex:` line",
                hint="give the group another name",
            )
    _check_legal(template, groups)
    return template


def _check_legal(template: TagTemplate, groups: Collection[str]) -> None:
    try:
        template.fill(_SAMPLE, dict.fromkeys(groups, "x"))
    except InvalidReferenceError:
        raise InvalidSelectorError(
            f"{quoted(template.text)} never yields a valid tag", hint=LEGAL_TAG
        ) from None
