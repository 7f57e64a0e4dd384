"""For any requests in any order: right credentials are not called wrong for all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.property.fuzzing import fuzzed
from tests.unit.registry.clients import opened, repository
from tests.unit.registry.test_registry_rights import AUTHS, HANDFUL, LOGIN, WRONG, filled, shown

from reposync.errors import DeniedError, UnauthorizedError

if TYPE_CHECKING:
    from reposync.credentials import Credentials

AMBIGUOUS = frozenset(
    {
        "a root that refuses everybody",
        "a root that is open to everybody",
        "tokens for what is allowed alone",
    }
)
"""Registries that answer a known user as a stranger, for as long as nothing was allowed."""
ALLOWED = tuple(f"team/{number}" for number in range(4))
DENIED = tuple(f"other/{number}" for number in range(4))
KINDS = st.sampled_from(sorted(AUTHS))
ORDERS = st.lists(st.sampled_from([*ALLOWED, *DENIED]), min_size=1, max_size=12)


async def ended(kind: str, who: Credentials, names: list[str], width: int) -> tuple[list[str], int]:
    """Resolve a tag in each of *names*; return how each ended, and how often *who* was sent.

    The first goes alone, the others *width* at once. Each is ``found``, ``denied`` or ``wrong``.
    """
    slots = asyncio.Semaphore(width)

    async def resolved(name: str) -> str:
        async with slots:
            try:
                await repository(client, name).resolve("1")
            except DeniedError:
                return "denied"
            except UnauthorizedError:
                return "wrong"
            return "found"

    registry = filled(AUTHS[kind](), *ALLOWED, *DENIED)
    async with registry, opened(registry, who) as client:
        first = await resolved(names[0])
        others = await asyncio.gather(*map(resolved, names[1:]))
        return [first, *others], shown(registry, who)


@fuzzed
@given(KINDS, ORDERS)
def test_right_credentials_are_right_wherever_they_may_go(kind: str, names: list[str]):
    ends, _ = asyncio.run(ended(kind, LOGIN, names, 1))
    known = kind not in AMBIGUOUS
    refused: set[str] = set()
    for name, end in zip(names, ends, strict=True):
        if name in ALLOWED and len(refused) < 3:
            assert end == "found"
            known, refused = True, set()
        elif name in DENIED:
            assert end == "denied" if known else "wrong"
            refused |= {name} if not known else set()


@fuzzed
@given(KINDS, ORDERS, st.integers(1, 12))
def test_right_credentials_are_right_for_all_at_once(kind: str, names: list[str], width: int):
    names = [ALLOWED[0], *names]
    ends, _ = asyncio.run(ended(kind, LOGIN, names, width))
    assert ends == ["found" if name in ALLOWED else ends[at] for at, name in enumerate(names)]
    assert ends.count("found") == sum(name in ALLOWED for name in names)


@fuzzed
@given(KINDS, ORDERS, st.integers(1, 12))
def test_wrong_credentials_are_sent_a_handful_of_times(kind: str, names: list[str], width: int):
    ends, sent = asyncio.run(ended(kind, WRONG, names, width))
    assert set(ends) == {"wrong"}
    assert sent <= HANDFUL
