"""How hard parsers are tried, and with what: texts, headers and documents made to break them.

Among the other tests it is always the same few examples. With ``FUZZ_EXAMPLES`` in the environment,
as ``make fuzz`` has it, it is that many new ones each time.
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Place = tuple[Any, Any]

_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

# A busy machine is no fault of the code.
fuzzed = settings(
    derandomize=not _EXAMPLES,
    database=None if not _EXAMPLES else settings().database,
    max_examples=_EXAMPLES or 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _nested(depth: int) -> Any:
    value: Any = []
    for number in range(depth):
        value = [value] if number % 2 else {"a": value}
    return value


DIGESTS = st.sampled_from([f"sha256:{sign * 64}" for sign in "0a"] + [f"sha512:{'1' * 128}"])
NUMBERS = st.sampled_from(
    [0, 1, -1, 2**31, 2**63 - 1, 2**63, 10**400, 1e308, float("inf"), float("nan"), True]
)
SCALARS = st.none() | st.booleans() | NUMBERS | st.integers() | st.floats() | st.text(max_size=8)
JUNK = st.recursive(
    SCALARS | DIGESTS | st.integers(0, 400).map(_nested),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def pieces(*texts: str, most: int = 30) -> st.SearchStrategy[str]:
    """Return texts joined from *texts* and from others, some of them repeated many times."""
    one = st.sampled_from(texts) | st.text(max_size=4) | st.integers(0, 2**70).map(str)
    many = st.tuples(one, st.sampled_from([1, 1, 1, 2, 1000])).map(lambda each: each[0] * each[1])
    return st.lists(many, max_size=most).map("".join)


def damaged(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return documents that are *right* but for up to three places, or not at all."""
    changes = st.lists(st.tuples(st.integers(0, 1000), st.none() | JUNK), max_size=3)
    return st.tuples(right, changes).map(lambda each: _changed(*each)) | JUNK


def _changed(document: Any, changes: list[tuple[int, Any]]) -> Any:
    document = copy.deepcopy(document)
    for number, value in changes:
        places = list(_places(document))
        if places:
            holder, key = places[number % len(places)]
            holder[key] = value
    return document


def _places(document: Any) -> Iterator[Place]:
    """Return each place in *document* where something else can be put."""
    keys = range(len(document)) if isinstance(document, list) else document
    if isinstance(document, dict | list):
        for key in [*keys]:
            yield document, key
            yield from _places(document[key])


def cuts(content: Callable[[], st.SearchStrategy[bytes]]) -> st.SearchStrategy[list[bytes]]:
    """Return contents in pieces, cut anywhere."""
    places = st.lists(st.integers(0, 2000), max_size=12)
    return st.tuples(content(), places).map(lambda each: cut(*each))


def cut(content: bytes, places: list[int]) -> list[bytes]:
    """Cut *content* at *places*, as far as it has them."""
    ends = sorted({place % len(content) for place in places}) if content else []
    return [content[a:b] for a, b in zip([0, *ends], [*ends, len(content)], strict=True) if a < b]
