"""Wide indexes: what is under way at once is bounded."""

from __future__ import annotations

import pytest
from tests import images

from reposync.copy.graph import _CHILDREN_AT_ONCE, _portions


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (_CHILDREN_AT_ONCE + 1, [_CHILDREN_AT_ONCE, 1])]
)
def test_children_are_taken_in_portions_and_none_is_left_out(count, sizes):
    children = [images.blob("x").descriptor] * count
    portions = list(_portions(children))
    assert [len(each) for each in portions] == sizes
    assert [child for each in portions for child in each] == children
