"""Parts of a file: the stages and images that a call names, or why there are none of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reposync.selection.only import Only


def check_stages(names: Iterable[str], known: Collection[str]) -> None:
    """Make sure that there is a stage for each of *names*.

    Raises:
        click.BadParameter: There is none of that name.
    """
    from reposync.selection.errors import nearest, quoted

    for name in names:
        if name in known:
            continue
        meant = nearest(name, known)
        hint = f"did you mean {quoted(meant)}?" if meant else f"there are {_listed(known)}"
        raise click.BadParameter(f"there is no stage {quoted(name)}; {hint}")


def only(text: str | None) -> Only | None:
    """Read the pattern of ``--only``.

    Raises:
        click.BadParameter: It is none.
    """
    if text is None:
        return None
    from reposync.selection.errors import InvalidSelectorError
    from reposync.selection.only import parse_only

    try:
        return parse_only(text)
    except InvalidSelectorError as error:
        message = f"{error}; {error.hint}" if error.hint else str(error)
        raise click.BadParameter(f"--only: {message}") from error


def _listed(known: Collection[str]) -> str:
    from reposync.selection.errors import quoted

    return ", ".join(map(quoted, known))
