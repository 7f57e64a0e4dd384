"""Regular expressions: those of RE2, which match in linear time.

Decides which expressions are accepted, and the message for others. The library is loaded with the
first expression, so that a file without any does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from reposync.redacted import Redacted
from reposync.selection.errors import InvalidSelectorError
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LENGTH_LIMIT = 1000
_MEMORY_LIMIT_BYTES = 1 << 20
_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_REASONS = {
    "missing ]": ("a `[` is not closed", "close it, or write `\\[` for the character itself"),
    "missing )": ("a `(` is not closed", "close it, or write `\\(` for the character itself"),
    "unexpected )": ("a `)` has no `(`", "remove it, or write `\\)` for the character itself"),
    "no argument for repetition operator": (
        "there is nothing before it to repeat",
        "any text is `.*`; a pattern with `*` alone is a glob",
    ),
    "bad repetition operator": ("two repetitions follow one another", "write one of them"),
    "invalid repetition size": ("it repeats more than 1000 times", "write `*` or `+`"),
    "pattern too large - compile failed": (
        "it is too large",
        "write a shorter one, or several lines",
    ),
    "trailing \\": ("it ends in `\\`", "write `\\\\` for the character itself"),
}


class _Match(Protocol):
    def groupdict(self, default: str) -> dict[str, str]: ...

    def groups(self, default: str) -> tuple[str, ...]: ...

    def span(self) -> tuple[int, int]: ...


class _Program(Protocol):
    @property
    def groupindex(self) -> Mapping[str, int]: ...

    def fullmatch(self, text: str) -> _Match | None: ...

    def search(self, text: str) -> _Match | None: ...

    def finditer(self, text: str) -> Iterator[_Match]: ...


class Expression(Redacted, frozen=True):
    """A compiled expression; two with the same text are equal."""

    redacted = frozenset({"_program"})

    text: str
    _program: _Program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its named groups, in order."""
        index = self._program.groupindex
        return tuple(sorted(index, key=index.__getitem__))

    def matches(self, text: str) -> bool:
        """Return whether the expression matches the whole of *text*."""
        return self._program.fullmatch(text) is not None

    def matches_part(self, text: str) -> bool:
        """Return whether the expression matches any part of *text*."""
        return self._program.search(text) is not None

    def occurrences(self, text: str) -> Iterator[tuple[tuple[int, int], dict[str, str]]]:
        """Return the matches in *text* as spans, with the groups by number and name.

        As in Go, an empty match right after another match is skipped.
        """
        end = -1
        for found in self._program.finditer(text):
            span = found.span()
            if span != (end, end):
                numbered = {str(at): held for at, held in enumerate(found.groups(""), start=1)}
                yield span, {**numbered, **found.groupdict("")}
            end = span[1]

    def match(self, text: str) -> dict[str, str] | None:
        """Return the named groups if the expression matches the whole of *text*, else None."""
        found = self._program.fullmatch(text)
        return None if found is None else found.groupdict("")


def compile_expression(text: str) -> Expression:
    """Check and compile *text*.

    Raises:
        InvalidSelectorError: It is empty, too long, or not an RE2 expression.
    """
    if not text:
        raise InvalidSelectorError(
            "the expression is empty", hint="write what the whole name looks like, `.*` for any"
        )
    if len(text) > _LENGTH_LIMIT:
        raise InvalidSelectorError(
            f"an expression of {len(text)} characters is too long",
            hint=f"use at most {_LENGTH_LIMIT}, or several lines",
        )
    return Expression(text, _compiled(text))


def _compiled(text: str) -> _Program:
    import re2  # noqa: PLC0415 -- 6 ms, only for files with expressions

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_LIMIT_BYTES
    try:
        return cast("_Program", re2.compile(text, options))
    except re2.error as error:
        raise _refusal(text, error.args[0].decode("utf-8", "replace")) from None
    except UnicodeEncodeError:
        raise _refusal(text, "it contains a lone surrogate") from None


def _refusal(text: str, reason: str) -> InvalidSelectorError:
    kind, _, char = reason.partition(": ")
    if char in _LOOK_AROUND:
        return InvalidSelectorError(
            f"{quoted(text)} uses look-around ({quoted(char)}), which RE2 does not support",
            hint="say what must not match in a line of its own: `keep: !...` for tags, `exclude` "
            "for repositories",
        )
    if kind == "invalid escape sequence":
        return _wrong_escape(text, char)
    why, hint = _REASONS.get(kind, (reason, "see https://github.com/google/re2/wiki/Syntax"))
    return InvalidSelectorError(f"{quoted(text)} is not a regular expression: {why}", hint=hint)


def _wrong_escape(text: str, char: str) -> InvalidSelectorError:
    if char[1:].isdigit():
        why, hint = "refers back to a group, which RE2 does not support", "write it out"
    elif char == "\\Z":
        why, hint = (
            "contains `\\Z`",
            "write `\\z`, or nothing: an expression always matches the whole name",
        )
    else:
        why, hint = f"contains {quoted(char)}, which is not an escape sequence", "remove the `\\`"
    return InvalidSelectorError(f"{quoted(text)} {why}", hint=hint)
