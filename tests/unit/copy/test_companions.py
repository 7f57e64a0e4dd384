"""Which tags of a repository speak of a digest, by one list of them all."""

from __future__ import annotations

import pytest
from tests.fakes.store import MemoryRegistry

from reposync.copy.companions import Companions
from reposync.oci.digest import Digest
from reposync.oci.referrers import fallback_tag

SHA256 = Digest("sha256:" + "a1" * 32)
SHA512 = Digest("sha512:" + "b2" * 64)
OTHER = Digest("sha512:" + "c3" * 64)


@pytest.mark.parametrize("subject", [SHA256, SHA512])
async def test_a_list_shows_which_digests_have_a_fallback_tag(subject):
    source = MemoryRegistry().repository("app")
    companions = Companions()
    companions.note(source.reference, ["latest", fallback_tag(SHA256), fallback_tag(SHA512)])
    assert await companions.of(source, subject) == (fallback_tag(subject),)
    assert not companions.knows_of_none(source.reference, subject)
    assert companions.knows_of_none(source.reference, OTHER)
    assert not source.registry.calls
