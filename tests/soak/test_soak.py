"""A short soak among the tests; ``make soak`` is the long one."""

from __future__ import annotations

import pytest
from tests.soak.trial import try_seed


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_what_a_run_guarantees_holds_whatever_goes_wrong(first):
    for seed in range(first, first + 10):
        try_seed(seed)
