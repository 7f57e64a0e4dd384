"""Dependencies: whether the stages' ids and ``depends_on`` make a graph that can be run.

A stage that says what happens when a dependency fails, and has none, is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.finding import Finding
from reposync.words import escaped, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reposync.config.finding import Path
    from reposync.config.model import Stage

_SHOWN_LIMIT = 20


def check_dependencies(stages: Sequence[Stage]) -> Iterator[Finding]:
    """Find ids that are used twice, and dependencies on nobody, on oneself or in a circle."""
    first = _first_by_id(stages)
    for index, stage in enumerate(stages):
        path: Path = ("stages", index)
        if stage.id is not None and first[stage.id] != index:
            yield Finding(
                path=(*path, "id"),
                message=f"{quoted(stage.id)} is the id of another stage",
                hint="give each stage its own",
                earlier=("stages", first[stage.id], "id"),
            )
        for position, needed in enumerate(stage.depends_on):
            here = (*path, "depends_on", position)
            if needed not in first:
                yield _unknown(here, needed, tuple(first))
            elif needed == stage.id:
                yield Finding(here, f"{quoted(needed)} depends on itself", "remove it")
    yield from _circles(stages, first)


def unused_choices(stages: Sequence[Stage]) -> Iterator[Finding]:
    """Find ``on_dependency_failure`` at stages that depend on no other."""
    for index, stage in enumerate(stages):
        if stage.on_dependency_failure is not None and not stage.depends_on:
            yield Finding(
                path=("stages", index, "on_dependency_failure"),
                message="this key has no use without `depends_on`",
                hint="name the stages that this one depends on, or remove it",
                at_key=True,
            )


def _first_by_id(stages: Sequence[Stage]) -> dict[str, int]:
    first: dict[str, int] = {}
    for index, stage in enumerate(stages):
        if stage.id is not None:
            first.setdefault(stage.id, index)
    return first


def _unknown(path: Path, needed: str, known: tuple[str, ...]) -> Finding:
    meant = nearest(needed, known)
    hint = f"did you mean {quoted(meant)}?" if meant else "give that id to the stage you mean"
    return Finding(path, f"no stage has the id {quoted(needed)}", hint)


def _circles(stages: Sequence[Stage], first: Mapping[str, int]) -> Iterator[Finding]:
    """Walk depth first, without recursion: a file may chain thousands of stages."""
    done: set[int] = set()
    for start in range(len(stages)):
        trail = {} if start in done else {start: _needed(stages, start, first)}
        while trail:
            here = next(reversed(trail))
            nearer = next(trail[here], None)
            if nearer is None:
                done.add(here)
                del trail[here]
            elif nearer in trail:
                members = list(trail)
                yield _circle(stages, members[members.index(nearer) :])
            elif nearer not in done:
                trail[nearer] = _needed(stages, nearer, first)


def _needed(stages: Sequence[Stage], index: int, first: Mapping[str, int]) -> Iterator[int]:
    needed = stages[index].depends_on
    return (first[each] for each in needed if first.get(each, index) != index)


def _circle(stages: Sequence[Stage], members: list[int]) -> Finding:
    turn = members.index(min(members))
    members = [*members[turn:], *members[: turn + 1]]
    needed = stages[members[1]].id or ""
    return Finding(
        path=("stages", members[0], "depends_on", stages[members[0]].depends_on.index(needed)),
        message=f"the stages wait for one another: {_chain(stages, members)}",
        hint="remove one of these dependencies",
    )


def _chain(stages: Sequence[Stage], members: list[int]) -> str:
    cut = len(members) > _SHOWN_LIMIT
    ids = [stages[index].id or "" for index in (members[: _SHOWN_LIMIT - 1] if cut else members)]
    return f"`{escaped(' -> '.join([*ids, '...', ids[0]] if cut else ids))}`"
