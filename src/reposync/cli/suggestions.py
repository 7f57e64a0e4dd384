"""Suggestions: what a file names, for a shell that completes an option's value.

A shell waits for them: they come from the file alone, no registry is asked, and a file that is not
there or cannot be read has none.
"""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from reposync.config.documents import Documents


def stages(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Name the stages that are not on the command line yet, also of a file with mistakes in it."""
    document = _document(context)
    if document is None:
        return []
    from reposync.config.load import judged

    config, _ = judged(document)
    given = context.params.get(str(parameter.name)) or ()
    return _fitting((name for name in config.stage_names if name not in given), incomplete)


def registries(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Name the keys of registries, also of a file with mistakes in it."""
    del parameter
    document = _document(context)
    if document is None:
        return []
    from reposync.config.load import judged

    config, _ = judged(document)
    return _fitting(config.registries, incomplete)


def repositories(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Name the repositories that stages copy from, but those of patterns, for ``--only``."""
    del parameter
    document = _document(context)
    if document is None:
        return []
    from reposync.config.load import judged
    from reposync.wiring.stages import stages_of

    config, found = judged(document)
    known = () if found or document.problems else stages_of(config)
    names = {stage.source.reference.repository for stage in known if stage.pattern is None}
    return _fitting(sorted(names), incomplete)


def _document(context: click.Context) -> Documents | None:
    from reposync.config.load import read_documents
    from reposync.errors import ConfigError

    # A shell hands over what was typed, before it makes a path of it.
    typed = context.params.get("paths") or ()
    paths = [_expanded(each) for each in typed]
    # From a pipe or a terminal it would take what others wait for.
    if not paths or not all(Path(path).is_file() for path in paths):
        return None
    try:
        return read_documents(paths)
    except ConfigError:
        return None


def _expanded(typed: str) -> str:
    return os.path.expandvars(os.path.expanduser(typed))  # noqa: PTH111 -- keeps what it cannot


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
