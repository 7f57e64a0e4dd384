"""The plan of a copy that knows everything beforehand: the requests that must be. A pure rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.store import Store


def lines(store: Store, repositories: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Return the steps, as ``copier.c`` reads them, for all tags of *repositories* in *store*.

    A blob of several images is sent once and mounted in all other repositories, before the images.
    """
    images = [
        (repository, tag, *store.manifest(repository, tag))
        for repository, tags in repositories.items()
        for tag in tags
    ]
    times = Counter(blob for *_, blobs in images for blob in blobs)
    first: dict[str, str] = {}
    placed: set[tuple[str, str]] = set()
    for repository, _tag, _type, blobs in images:
        for blob in blobs:
            if times[blob] == 1 or (repository, blob) in placed:
                continue
            placed.add((repository, blob))
            if blob in first:
                yield f"mount {repository} {blob} {first[blob]}"
            else:
                first[blob] = repository
                yield f"blob {repository} {blob}"
    for repository, tag, media_type, blobs in images:
        own = [blob for blob in blobs if times[blob] == 1]
        yield " ".join(["image", repository, tag, media_type, *own])
