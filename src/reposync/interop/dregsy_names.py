"""dregsy's ``from`` and ``to``: which repositories are meant, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop.lines import expression
from reposync.interop.places import repository_of
from reposync.interop.refusals import refusal
from reposync.interop.replacing import Mapped, mapped, replaced
from reposync.oci.reference import DOCKER_HUB, canonical_host
from reposync.selection.errors import InvalidSelectorError
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.draft import Access
    from reposync.interop.node_cursor import NodeCursor

_REGEX = "regex:"
_BY_HAND = (
    "write it by hand: `repository: 'regex: team/(?P<app>.+)'` and, at the destination, "
    "`repository: 'mirror/{app}'`"
)


def mapping_names(mapping: NodeCursor, sides: tuple[Access, Access], job: Import) -> list[Mapped]:
    """Read ``from`` and ``to`` of a mapping.

    Raises:
        RefusalError: They mean what cannot be said here.
    """
    source, target = sides
    at = mapping.get("from")
    if not at:
        raise refusal(at.path, "is missing")
    if at.text().startswith(_REGEX):
        return [_pattern(at, mapping.get("to"), source, job)]
    name = at.text().strip("/")
    repository_of(at, source.host, name)
    return [Mapped(name, _one_name(mapping.get("to"), name, target))]


def anchored(text: str) -> str:
    """Put ``^`` and ``$`` around an expression as dregsy does."""
    front = "" if text.startswith("^") else "^"
    return f"{front}{text}{'' if text.endswith('$') else '$'}"


def _one_name(at: NodeCursor, name: str, target: Access) -> str:
    text = at.text()
    if not text.startswith(_REGEX):
        found = text.strip("/") or name
    else:
        pattern, replacement = _parted(at, text)
        try:
            found = replaced(pattern, replacement, f"/{name}").strip("/")
        except InvalidSelectorError as error:
            raise refusal(at.path, str(error), error.hint or "") from None
    return repository_of(at, target.host, found)


def _pattern(at: NodeCursor, to: NodeCursor, source: Access, job: Import) -> Mapped:
    if canonical_host(source.host) == DOCKER_HUB:
        raise refusal(
            at.path,
            "Docker Hub gives no list of repositories that a pattern could be compared with",
            "name the repositories",
        )
    text = anchored(at.text().removeprefix(_REGEX))
    meant = f"regex: {expression(at, text)}"
    job.losses.note(
        at.path,
        "dregsy looks at no more repositories than `lister.maxItems` says, 100 unless told",
        "here all that the source lists count",
    )
    if not to:
        return Mapped(meant, "{repository}")
    if not to.text().startswith(_REGEX):
        return Mapped(meant, f"{to.text().strip('/')}/{{repository}}")
    found = _replacing(to, text)
    if found.exclude:
        job.losses.lose(
            to.path,
            "dregsy replaces each place that fits, and reposync can the first one alone",
            "repositories with a second one are left out by `exclude`",
        )
    return found


def _replacing(to: NodeCursor, source: str) -> Mapped:
    pattern, replacement = _parted(to, to.text())
    try:
        found = mapped(source, pattern, replacement)
    except InvalidSelectorError as error:
        raise refusal(to.path, str(error), error.hint or "") from None
    if found is None:
        raise refusal(to.path, f"{quoted(to.text())} has no template that says the same", _BY_HAND)
    return found


def _parted(at: NodeCursor, text: str) -> tuple[str, str]:
    pattern, comma, replacement = text.removeprefix(_REGEX).partition(",")
    if not comma:
        raise refusal(at.path, "has no `,` between the pattern and what replaces it")
    return pattern, replacement
