"""Placeholders: texts with names in braces, as templates of repositories and of tags have them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.selection.errors import InvalidSelectorError
from reposync.words import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE = r"\{(?P<name>[^{}]*)\}|(?P<text>[^{}]+)|(?P<brace>[{}])"


def parse_pieces(text: str, known: Sequence[str], example: str, also: str = "") -> tuple[str, ...]:
    """Split *text* into literal pieces and, at odd indexes, the names of placeholders.

    Raises:
        InvalidSelectorError: A placeholder is not one of those *known*, or a brace is not closed;
            the advice names the known ones and what there is *also*, or *example*.
    """
    pieces = [""]
    for piece in re.finditer(_PIECE, text):
        if piece["brace"]:
            raise _lonely_brace(text, piece["brace"], example)
        if piece["text"] is None:
            pieces += [_known(piece["name"].strip(), known, also), ""]
        else:
            pieces[-1] += piece["text"]
    return tuple(pieces)


def _known(name: str, known: Sequence[str], also: str) -> str:
    if name in known:
        return name
    meant = nearest(name, known)
    listed = ", ".join(quoted(f"{{{each}}}") for each in dict.fromkeys(known))
    raise InvalidSelectorError(
        f"there is no placeholder {quoted(f'{{{name}}}')}",
        hint=f"did you mean {quoted(f'{{{meant}}}')}?" if meant else f"there are {listed}{also}",
    )


def _lonely_brace(text: str, brace: str, example: str) -> InvalidSelectorError:
    other = {"{": "}", "}": "{"}[brace]
    return InvalidSelectorError(
        f"{quoted(text)} has a {quoted(brace)} without its {quoted(other)}",
        hint=f"write a placeholder as {quoted(f'{{{example}}}')}",
    )
