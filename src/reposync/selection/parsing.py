"""Parsing: from a line of ``tags`` to a selector.

A line that begins with a keyword and a ``:`` is a rule; all others are tags or digests, which never
begin so. Also chooses the message for an invalid line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reposync.errors import InvalidReferenceError
from reposync.oci.digest import Digest
from reposync.oci.reference import is_tag
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.keeping import parse_keep
from reposync.selection.pattern import glob_pattern, regex_pattern
from reposync.selection.range_text import parse_range
from reposync.selection.selectors import Matching, Named, Pinned, Versions
from reposync.words import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reposync.selection.selectors import Selector

LEGAL_TAG = "a tag has at most 128 letters, digits and _ . -, and does not begin with . or -"
"""What a valid tag is, as advice."""

_REMEMBERED = 4096  # a file may say the same for thousands of destinations, by aliases
_TAG_LIMIT = 128
_DIGEST = r"(?s)sha(?:256|512):.*"
_WORD = r"(?s)(?P<word>[A-Za-z]+)\s*:(?P<rest>(?!//).*)"
_RANGE = r"[<>=^~!]|.*\|\||.*\s[<>=]"


@lru_cache(_REMEMBERED)
def parse(text: str) -> Selector:
    """Parse one line; the same text gives the same selector, for the check as for the run.

    Raises:
        InvalidSelectorError: It is neither a rule nor a tag nor a digest.
    """
    text = text.strip()
    if re.fullmatch(_DIGEST, text):
        return Pinned(_digest(text))
    tag, at, digest = text.partition("@")
    if at:
        return Pinned(_digest(digest), _tag(tag))
    match = re.fullmatch(_WORD, text)
    if match is not None and (rule := _RULES.get(match["word"])):
        return rule(text, match["rest"].strip())
    return Named(_tag(text))


def parse_named(tag: str, aliases: Iterable[str]) -> Named:
    """Return the selector of *tag*, which gets the names *aliases*.

    Raises:
        InvalidSelectorError: One of them is not a tag.
    """
    return Named(parse_name(tag), tuple(dict.fromkeys(map(parse_name, aliases))))


def parse_name(text: str) -> str:
    """Return *text* without surrounding space, if it is a tag alone.

    Raises:
        InvalidSelectorError: It is not a tag.
    """
    text = text.strip()
    digest = text.rpartition("@")[2]
    if re.fullmatch(_DIGEST, digest):
        raise InvalidSelectorError(
            f"{quoted(text)} is not a tag", hint=f"write {quoted(f'NAME@{digest}')} as a line"
        )
    if not is_tag(text):
        raise InvalidSelectorError(f"{quoted(text)} is not a tag", hint=LEGAL_TAG)
    return text


def _matching_regex(text: str, rest: str) -> Selector:
    return Matching(text, regex_pattern(rest))


def _matching_glob(text: str, rest: str) -> Selector:
    return Matching(text, glob_pattern(rest))


def _versions(text: str, rest: str) -> Selector:
    return Versions(text, parse_range(rest))


_RULES: dict[str, Callable[[str, str], Selector]] = {
    "regex": _matching_regex,
    "glob": _matching_glob,
    "semver": _versions,
    "keep": parse_keep,
}


def _digest(text: str) -> Digest:
    try:
        return Digest(text)
    except InvalidReferenceError as error:
        raise InvalidSelectorError(f"{quoted(text)} is not a digest", hint=error.hint) from None


def _tag(text: str) -> str:
    if is_tag(text):
        return text
    message, hint = _illegal_tag(text)
    raise InvalidSelectorError(message, hint=hint)


def _illegal_tag(text: str) -> tuple[str, str]:
    shown, alone = quoted(text), text.rpartition(":")[2]
    if not text:
        return "the text is empty", "write a tag, or a rule such as `semver: >=1.2`"
    if (meant := _meant_word(text)) is not None:
        return f"{shown} begins with an unknown keyword", f"did you mean {quoted(meant + ':')}?"
    if "/" in text and is_tag(alone):
        return f"{shown} contains a repository", f"write the tag alone: {quoted(alone)}"
    if len(text) > _TAG_LIMIT:
        return f"{shown} is too long for a tag", f"use at most {_TAG_LIMIT} characters"
    return f"{shown} is not a tag", _meant(text)


def _meant_word(text: str) -> str | None:
    match = re.fullmatch(_WORD, text)
    return None if match is None else nearest(match["word"].lower(), _RULES)


def _meant(text: str) -> str:
    if re.match(_RANGE, text):
        return f"for a range of versions write {quoted(f'semver: {text}')}"
    if re.match(r"(?:latest|newer)\s", text):
        return f"to narrow the others write {quoted(f'keep: {text}')}"
    if re.search(r"^\.\*|[\\(|$+]", text):
        return f"for a regular expression write {quoted(f'regex: {text}')}"
    if re.search(r"[*?\[{]", text):
        return f"for a pattern write {quoted(f'glob: {text}')}"
    return "use letters, digits and _ . - in it, and begin with a letter, a digit or _"
