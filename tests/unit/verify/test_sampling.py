from __future__ import annotations

import pytest
from tests import images
from tests.unit.verify.world import mirror

from reposync.oci.reference import Reference
from reposync.verify.depth import Depth
from reposync.verify.sampling import Share, share_count


@pytest.mark.parametrize(
    ("percent", "count"),
    [("100%", 1), ("50%", 2), ("10%", 10), ("10", 10), ("30%", 4), ("12.5 %", 8), ("0.1%", 1000)],
)
def test_a_percentage_makes_so_many_shares_that_all_of_them_are_everything(percent, count):
    assert share_count(percent) == count


@pytest.mark.parametrize(
    "percent", ["0%", "101%", "-5%", "x", "", "1e3", "5%%", "\N{ARABIC-INDIC DIGIT FIVE}%"]
)
def test_what_is_no_percentage_is_refused(percent):
    with pytest.raises(ValueError, match="percentage"):
        share_count(percent)


def test_each_image_is_in_exactly_one_share():
    for number in range(200):
        image = Reference("host", "app", f"{number}")
        assert sum(Share(index, 7).takes(image) for index in range(7)) == 1


async def test_after_as_many_runs_as_there_are_shares_every_image_was_checked(world):
    for number in range(40):
        images.fill(world.hub, images.image(f"{number}"), f"{number}")
    found, share = [], Share(0, share_count("30%"))
    for _ in range(4):
        result = await world.verify(depth=Depth.TAGS, share=share)
        assert result.images == 40
        found += [str(each.destination) for each in result.differences]
        share = Share(share.next_index, share.count)
    assert share.index == 0
    assert sorted(found) == sorted(f"master/app:{number}" for number in range(40))


async def test_a_share_of_two_destinations_is_taken_for_each(world):
    images.fill(world.hub, images.image("a"), *(f"{n}" for n in range(20)))
    stage = mirror()
    counts = [len((await world.verify(stage, share=Share(n, 2))).differences) for n in range(2)]
    assert sum(counts) == 20
    assert all(counts)
