"""What is copied: the shapes of the benchmark's images, and how many there are of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_LEAST: Final = 2  # fewer would not be several any more, whatever the scale


@dataclass(frozen=True, slots=True)
class Shape:
    """Images: so many repositories with so many tags each, every tag another image.

    All images share a base layer of ``base_bytes``, where that is not 0, and have ``layers`` of
    their own of ``layer_bytes`` each.
    """

    repositories: int
    tags: int
    layers: int
    layer_bytes: int
    base_bytes: int = 0

    @property
    def images(self) -> int:
        """How many images there are."""
        return self.repositories * self.tags

    @property
    def unique_bytes(self) -> int:
        """How many bytes of layers a registry must store."""
        return self.base_bytes + self.images * self.layers * self.layer_bytes

    def scaled(self, factor: float) -> Shape:
        """Return fewer, or more, tags and repositories; where one image is all, smaller layers."""
        if self.images == 1:
            return replace(self, layer_bytes=max(_KIB, round(self.layer_bytes * factor)))
        return replace(
            self,
            repositories=_scaled(self.repositories, factor),
            tags=_scaled(self.tags, factor**0.5 if self.repositories > 1 else factor),
            base_bytes=round(self.base_bytes * min(1.0, factor)),
        )


@dataclass(frozen=True, slots=True)
class Workload:
    """Some images, and what has to be done: to how many destinations, and whether it is done.

    ``is_done`` means that the destinations hold it all already: what is measured is finding out.
    """

    name: str
    summary: str
    shape: Shape
    destinations: int = 1
    is_done: bool = False

    @property
    def store_bytes(self) -> int:
        """About how much all registries together must store, directories and links included."""
        once = self.shape.unique_bytes + self.shape.images * 64 * _KIB
        return once * (1 + self.destinations)

    def scaled(self, factor: float) -> Workload:
        """Return the same work, smaller or larger by about *factor*."""
        if factor == 1:
            return self
        summary = f"{self.summary}, times {factor:g}"
        return replace(self, summary=summary, shape=self.shape.scaled(factor))


_SMALL = Shape(repositories=1, tags=1000, layers=1, layer_bytes=_KIB)
_FAMILY = Shape(repositories=16, tags=4, layers=2, layer_bytes=256 * _KIB, base_bytes=16 * _MIB)
_LARGE = Shape(repositories=1, tags=1, layers=4, layer_bytes=512 * _MIB)

WORKLOADS: Final = {
    each.name: each
    for each in (
        Workload("noop", "1,000 tags, all up to date", _SMALL, is_done=True),
        Workload("tiny", "1,000 small images", _SMALL),
        Workload("cold", "64 images in 16 repositories that share a base layer", _FAMILY),
        Workload("fanout", "the images of `cold` to three destinations", _FAMILY, destinations=3),
        Workload("big", "2 GiB in one image of four layers", _LARGE),
    )
}


def up_to_date(tags: int) -> Workload:
    """Return *tags* tags that are up to date: a point of a curve."""
    summary = f"{tags:,} tags, all up to date"
    return Workload("noop", summary, replace(_SMALL, tags=tags), is_done=True)


def family(repositories: int) -> Workload:
    """Return four images in each of *repositories* that share a base layer: a point of a curve."""
    summary = f"{repositories * _FAMILY.tags:,} images in {repositories:,} repositories"
    return Workload("cold", summary, replace(_FAMILY, repositories=repositories))


def _scaled(count: int, factor: float) -> int:
    return count if count == 1 else max(_LEAST, round(count * factor))
