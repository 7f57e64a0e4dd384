from __future__ import annotations

import asyncio
import json

import pytest
from tests import images
from tests.contract.pushing import push, push_blob

from reposync.oci import media_type as mt
from reposync.oci import referrers
from reposync.oci.digest import Digest

SUBJECT = images.image("subject")
SUBJECT_DIGEST = SUBJECT.digest
SUBJECT_DESCRIPTOR = SUBJECT.root.descriptor
BUNDLE = images.artifact("bundle", subject=SUBJECT_DESCRIPTOR)
OTHER = images.artifact("other", subject=SUBJECT_DESCRIPTOR)
CONFIG = images.piece(b"{}", images.OCI_EMPTY)
BUNDLE_TYPE = "application/vnd.example.bundle"
NOBODY = Digest.of(b"nobody")


def referrer(*, media_type=mt.OCI_MANIFEST, **fields):
    """Return the shortest manifest of that media type that refers to the subject."""
    parts: dict[str, dict[str, object]] = {
        mt.OCI_MANIFEST: {
            "config": {"mediaType": images.OCI_EMPTY, "digest": CONFIG.digest, "size": CONFIG.size},
            "layers": [],
        },
        mt.OCI_INDEX: {"manifests": []},
    }
    subject = {
        "mediaType": SUBJECT_DESCRIPTOR.media_type,
        "digest": SUBJECT_DIGEST,
        "size": SUBJECT_DESCRIPTOR.size,
    }
    document = {"schemaVersion": 2, "mediaType": media_type, "subject": subject}
    content = json.dumps(document | parts[media_type] | fields).encode()
    return images.Graph((CONFIG,), (images.piece(content, media_type),))


async def digests(repository, subject=SUBJECT_DIGEST, artifact_type=""):
    return sorted(entry.digest for entry in await repository.list_referrers(subject, artifact_type))


async def test_a_referrer_is_listed_whether_or_not_its_subject_is_there(repository):
    await push(repository, BUNDLE)
    assert await digests(repository) == [BUNDLE.digest]
    await push(repository, SUBJECT, "1.0")
    assert await digests(repository) == [BUNDLE.digest]


async def test_a_referrer_is_listed_with_all_that_describes_it(repository):
    signature = referrer(artifactType="application/vnd.example.sig", annotations={"by": "me"})
    await push(repository, signature)
    assert await repository.list_referrers(SUBJECT_DIGEST) == (signature.root.descriptor,)
    (entry,) = await repository.list_referrers(SUBJECT_DIGEST)
    assert entry.artifact_type == "application/vnd.example.sig"
    assert entry.annotations == {"by": "me"}


async def test_without_a_type_of_its_own_a_referrer_has_its_configurations(repository):
    await push(repository, referrer())
    (entry,) = await repository.list_referrers(SUBJECT_DIGEST)
    assert entry.artifact_type == images.OCI_EMPTY


async def test_all_referrers_are_listed_each_once_through_all_pages(repository):
    graphs = [referrer(annotations={"number": str(number)}) for number in range(9)]
    for graph in graphs:
        await push(repository, graph)
    assert await digests(repository) == sorted(graph.digest for graph in graphs)


async def test_referrers_that_are_pushed_at_once_are_all_listed(repository):
    await push_blob(repository, CONFIG)
    graphs = [referrer(annotations={"number": str(number)}) for number in range(9)]
    async with asyncio.TaskGroup() as group:
        for graph in graphs:
            group.create_task(repository.push_manifest(graph.root_manifest))
    assert await digests(repository) == sorted(graph.digest for graph in graphs)


async def test_referrers_are_chosen_by_their_artifact_type(repository):
    signature = referrer(artifactType="application/vnd.example.sig+json;v=1")
    for graph in (BUNDLE, signature, OTHER):
        await push(repository, graph)
    assert await digests(repository, artifact_type=BUNDLE_TYPE) == sorted(
        (BUNDLE.digest, OTHER.digest)
    )
    assert await digests(repository, artifact_type="application/vnd.example.sig+json;v=1") == [
        signature.digest
    ]
    assert await digests(repository, artifact_type="nothing") == []


async def test_a_referrer_that_is_pushed_again_is_listed_once_and_changes_nothing(repository):
    await push(repository, BUNDLE)
    tag = referrers.fallback_tag(SUBJECT_DIGEST)
    before = await repository.resolve(tag)
    await push(repository, BUNDLE, "bundle")
    assert await digests(repository) == [BUNDLE.digest]
    assert await repository.resolve(tag) == before


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "known"])
async def test_of_what_nobody_knows_there_are_no_referrers(repository, is_known):
    if is_known:
        await push(repository, BUNDLE)
    assert await repository.list_referrers(NOBODY) == ()


async def test_an_index_can_refer_to_an_image(repository):
    index = referrer(media_type=mt.OCI_INDEX, artifactType="application/vnd.example.set")
    await push(repository, index)
    (entry,) = await repository.list_referrers(SUBJECT_DIGEST)
    assert entry == index.root.descriptor
    assert entry.artifact_type == "application/vnd.example.set"


async def test_a_referrer_can_have_referrers(repository):
    signature = images.artifact("signature", subject=BUNDLE.root.descriptor)
    for graph in (BUNDLE, signature):
        await push(repository, graph)
    assert await digests(repository, BUNDLE.digest) == [signature.digest]
    assert await digests(repository) == [BUNDLE.digest]


async def test_a_referrer_is_listed_in_its_own_repository_alone(store, name):
    await push(store.repository(f"{name}/one"), BUNDLE)
    await push(store.repository(f"{name}/two"), SUBJECT)
    assert await digests(store.repository(f"{name}/two")) == []


async def test_whether_there_is_an_api_is_known_after_the_first_list(repository):
    await push(repository, BUNDLE)
    await repository.list_referrers(SUBJECT_DIGEST)
    tag = await repository.resolve(referrers.fallback_tag(SUBJECT_DIGEST))
    assert repository.has_referrers_api is (tag is None)
