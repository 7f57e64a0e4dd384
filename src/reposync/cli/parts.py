"""Parts of a file: the stages and images that a call names, or why there are none of that name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reposync.oci.reference import Reference
    from reposync.selection.only import Only
    from reposync.sync.stages import Stage

# A tag holds none of these two, and a repository neither.
_PARTED = r"(?s)(?P<repository>[^:@]*)[:@](?P<name>.*)"
_DIGEST = r"sha(?:256|512):"


def check_stages(names: Iterable[str], known: Sequence[str]) -> None:
    """Make sure that there is a stage for each of *names*.

    Raises:
        click.UsageError: There is none of that name.
    """
    from reposync.config.finding import listed
    from reposync.words import nearest, quoted

    for name in names:
        if name in known:
            continue
        meant = nearest(name, known)
        hint = f"did you mean {quoted(meant)}?" if meant else f"there are: {listed(known)}"
        raise click.UsageError(f"there is no stage {quoted(name)}; {hint}")


def only(text: str | None) -> Only | None:
    """Read the pattern of ``--only``.

    Raises:
        click.UsageError: It is none.
    """
    if text is None:
        return None
    from reposync.selection.errors import InvalidSelectorError
    from reposync.selection.only import parse_only

    try:
        return parse_only(text)
    except InvalidSelectorError as error:
        message = f"{error}; {error.hint}" if error.hint else str(error)
        raise click.UsageError(f"--only: {message}") from error


def image(stage: Stage, text: str) -> Reference:
    """Read which image of a stage's source is meant, by its tag or its digest.

    The repository may be in front; it must for a stage with a pattern, which has many.

    Raises:
        click.UsageError: *text* names no image, or one of another repository.
    """
    from msgspec.structs import replace

    from reposync.errors import InvalidReferenceError
    from reposync.oci.reference import canonical_repository
    from reposync.words import quoted

    parted = None if re.match(_DIGEST, text) else re.fullmatch(_PARTED, text)
    written, name = parted.group("repository", "name") if parted else ("", text)
    source = stage.source.reference
    if stage.pattern is not None and not written:
        raise click.UsageError(
            f"the source of stage {stage.name} is a pattern; write TAG as repository:tag"
        )
    try:
        repository = canonical_repository(source.registry, written) if parted else source.repository
    except InvalidReferenceError as error:
        raise click.UsageError(f"{quoted(text)} is no image; {error.hint}") from error
    if stage.pattern is None and repository != source.repository:
        raise click.UsageError(
            f"stage {stage.name} copies {source.repository}, and not {quoted(written)}"
        )
    return replace(source, repository=repository).naming(_checked(name))


def _checked(name: str) -> str:
    from reposync.errors import InvalidReferenceError
    from reposync.oci.digest import Digest
    from reposync.oci.reference import is_tag
    from reposync.words import quoted

    if is_tag(name):
        return name
    try:
        return Digest(name)
    except InvalidReferenceError as error:
        why = error.hint if re.match(_DIGEST, name) else "a tag is letters, digits and . _ - alone"
        raise click.UsageError(f"{quoted(name)} is no tag and no digest; {why}") from error
