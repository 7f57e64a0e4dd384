"""Parts of a file: the stages and images that a call names, or why there are none of that name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reposync.selection.errors import InvalidSelectorError, nearest, quoted
from reposync.selection.only import parse_only
from reposync.sync.plan import narrowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.selection.only import Only
    from reposync.sync.plan import Stage


def stages_named(stages: Sequence[Stage], names: Sequence[str]) -> tuple[Stage, ...]:
    """Give the stages of *names*, or all where nothing is named.

    Raises:
        click.BadParameter: There is no stage of that name.
    """
    if not names:
        return tuple(stages)
    known = [stage.name for stage in stages]
    for name in names:
        if name not in known:
            raise click.BadParameter(_no_stage(name, known))
    return narrowed(stages, names)


def only(text: str | None) -> Only | None:
    """Read the pattern of ``--only``.

    Raises:
        click.BadParameter: It is none.
    """
    if text is None:
        return None
    try:
        return parse_only(text)
    except InvalidSelectorError as error:
        message = f"{error}; {error.hint}" if error.hint else str(error)
        raise click.BadParameter(f"--only: {message}") from error


def _no_stage(name: str, known: Sequence[str]) -> str:
    meant = nearest(name, known)
    if meant:
        return f"there is no stage {quoted(name)}; did you mean {quoted(meant)}?"
    return f"there is no stage {quoted(name)}; there are {', '.join(map(quoted, known))}"
