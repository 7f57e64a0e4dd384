"""Lines: entries of ``tags`` that take in what another tool's expression or range does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from reposync.interop.draft import Line
from reposync.interop.expressions import anywhere
from reposync.interop.places import is_digest
from reposync.interop.refusals import refusal
from reposync.interop.versions.tags import RangeError, expressions
from reposync.oci.reference import is_tag
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.range_text import parse_range
from reposync.selection.regex import compile_expression
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.config.finding import Path
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.versions.line import Group
    from reposync.interop.versions.tags import Dialect

_OPERATOR = re.compile(r"[<>=!~^]+")
_OPERATORS = {"==": "=", "!": "!=", "=>": ">=", "=<": "<=", "~>": "~"}
_RANGES = (
    "Ranges of versions are written as expressions for the tags that {tool} takes; with "
    "--semver ours they are ranges of reposync."
)
_DIGEST_TAGS = "includes tags of signatures, such as sha256-….sig, which no rule does here"
_BY_REFERRERS = "they are copied with their images, unless the file sets `referrers: false`"


def expression(at: NodeCursor, text: str) -> str:
    """Write what Go finds anywhere by *text*, which *at* holds, for the whole name.

    Raises:
        RefusalError: It is no expression, or too long a one.
    """
    try:
        return anywhere(text)
    except InvalidSelectorError as error:
        raise refusal(at.path, str(error), error.hint or "") from None


def named(at: NodeCursor, text: str) -> Line:
    """Write the tag or digest *text*.

    Raises:
        RefusalError: It is neither.
    """
    tag, mark, digest = text.partition("@")
    if not (is_digest(text) or (is_tag(tag) and (not mark or is_digest(digest)))):
        raise refusal(at.path, f"{quoted(text)} is neither a tag nor a digest")
    return Line(text)


class Language(Protocol):
    """A tool's language of ranges; one of the modules in ``versions``."""

    @property
    def DIALECT(self) -> Dialect:  # noqa: N802 -- a module's constant
        """Which tags are versions."""
        ...

    def groups(self, text: str) -> list[Group]:
        """Read a range."""
        ...


def ranges(at: NodeCursor, text: str, language: Language, job: Import) -> list[Line]:
    """Write a range of versions, so that it takes in what the tool takes in.

    Raises:
        RefusalError: It is none, or cannot be kept.
    """
    shown = " ".join(text.split())
    if job.choice.semver == "ours":
        return [_ours(at, shown, job)]
    try:
        written = expressions(language.groups(text), language.DIALECT)
    except RangeError as error:
        raise refusal(
            at.path,
            f"the range {quoted(shown)} {error}",
            "write a line of ours into the new file, or import with --semver ours",
        ) from None
    if not written:
        raise refusal(at.path, f"no version is in the range {quoted(shown)}", "leave it out")
    remark = _RANGES.format(tool=job.tool)
    if remark not in job.draft.remarks:
        job.draft.remarks += ["", remark]
    first, *more = [f"regex: {_checked(at, each)}" for each in written]
    return [Line(first, (f"semver: {shown}",)), *map(Line, more)]


def report_digest_tags(path: Path, job: Import) -> None:
    """Report that the tool includes digest tags, which no rule of ours does."""
    job.losses.lose(path, _DIGEST_TAGS, _BY_REFERRERS)


def _checked(at: NodeCursor, written: str) -> str:
    try:
        return compile_expression(written).text
    except InvalidSelectorError as error:
        raise refusal(at.path, str(error), error.hint or "") from None


def _ours(at: NodeCursor, text: str, job: Import) -> Line:
    written = _OPERATOR.sub(lambda match: _OPERATORS.get(match[0], match[0]), text)
    try:
        parse_range(written)
    except InvalidSelectorError as error:
        raise refusal(at.path, str(error), error.hint or "") from None
    job.losses.lose(
        at.path,
        f"the range {quoted(text)} is read by other rules here",
        "variants such as 1.2.3-alpine are no pre-releases, and pre-releases count only where "
        "the range names one",
    )
    return Line(f"semver: {written}")
