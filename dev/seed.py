"""Fill a registry with the images of ``dev.images``: ``python -m dev.seed [URL]``.

Blobs go before the manifests that need them; what is there already is left alone.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

from dev.images import REPOSITORY, catalogue
from dev.plain_client import PlainClient
from dev.settings import DevError, registries

if TYPE_CHECKING:
    from dev.images import Content, Image
    from dev.plain_client import Answer


def seed(client: PlainClient) -> int:
    """Push every image under its tag; give how many tags are new or moved."""
    return sum(_push(client, image, tag) for tag, image in catalogue().items())


def _push(client: PlainClient, image: Image, tag_or_digest: str) -> bool:
    path = f"/v2/{REPOSITORY}/manifests/{tag_or_digest}"
    there = client.request("HEAD", path).headers.get("docker-content-digest")
    if there == image.manifest.digest:
        return False
    for child in image.children:
        _push(client, child, child.manifest.digest)
    for blob in image.blobs:
        _push_blob(client, blob)
    _expect_created(
        client.request("PUT", path, image.manifest.data, image.manifest.media_type), path
    )
    return True


def _push_blob(client: PlainClient, blob: Content) -> None:
    blobs = f"/v2/{REPOSITORY}/blobs"
    if client.request("HEAD", f"{blobs}/{blob.digest}").status == HTTPStatus.OK:
        return
    opened = client.request("POST", f"{blobs}/uploads/", b"")
    location = opened.headers.get("location", "")
    if opened.status != HTTPStatus.ACCEPTED or not location:
        raise DevError(f"the source answers {opened.status} to a new upload")
    separator = "&" if "?" in location else "?"
    url = f"{location}{separator}digest={blob.digest}"
    _expect_created(client.request("PUT", url, blob.data, "application/octet-stream"), blob.digest)


def _expect_created(answer: Answer, what: str) -> None:
    if answer.status != HTTPStatus.CREATED:
        text = answer.body.decode(errors="replace")[:200]
        raise DevError(f"the source answers {answer.status} to {what}: {text}")


def main() -> int:
    """Seed the registry at the URL of the command line, or the set's source."""
    url = sys.argv[1] if len(sys.argv) > 1 else registries()[0].url
    try:
        count = seed(PlainClient(url))
    except (DevError, OSError) as error:
        print(f"cannot seed {url}: {error}", file=sys.stderr)
        return 1
    print(f"{url}/{REPOSITORY}: {count} tags written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
