"""Doing several things side by side, none of which outlives the call.

``asyncio.gather`` lets go of the others when one fails or is cancelled; here they are stopped, and
what they still clean up is waited for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

_T = TypeVar("_T")


async def results(steps: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run *steps* side by side, and give their results in their order.

    Raises:
        BaseException: What the first of them to fail raised, when all have ended.
    """
    if len(steps) == 1:  # most are alone: a task of its own would cost more than the step
        return [await steps[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in steps]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def run_all(steps: Sequence[Coroutine[None, None, None]]) -> None:
    """Run *steps* side by side and end with the last; none outlives this call."""
    if len(steps) <= 1:  # most are alone: a task of its own would cost more than the step
        for step in steps:
            await step
        return
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(step)
