"""What pushes and deletions show of a registry, each behaviour on the fake."""

from __future__ import annotations

import asyncio

import pytest
from tests import images
from tests.fakes.registry import (
    Account,
    Answer,
    BasicAuth,
    CutAnswer,
    FakeRegistry,
    Fault,
    Meanwhile,
    Options,
)
from tests.unit.doctor.examined import examined, logged_in, reported

SCRATCH = "team/scratch"
IMAGE = images.image("of others")


def held(registry):
    """Name what is in the repositories that are written to."""
    repositories = [registry.repository(name) for name in (SCRATCH, f"{SCRATCH}-mount")]
    return [
        sorted([*each.tags, *each.manifests, *each.blobs, *each.uploads]) for each in repositories
    ]


async def test_a_registry_that_does_it_all_is_told_field_by_field(fake_registry):
    report = await reported(fake_registry.host, write=SCRATCH)
    assert report["whole_blob_upload"] is True
    assert report["chunked_upload"] is True
    assert report["chunk_min_bytes"] == 0
    assert report["body_limit_bytes"] is None
    assert report["mount"] is True
    assert report["referrers_api"] is True
    assert report["referrers_fallback"] is None
    assert report["refuses_missing_blobs"] is True
    assert report["refuses_missing_manifests"] is True
    assert report["delete"] == {"tag": True, "digest": True}
    assert report["delete_blob"] is True
    assert report["left_behind"] == []
    assert report["manifest_head"] is True
    assert report["tag_list_pages"] is True


async def test_the_scratch_repository_is_clean_afterwards(fake_registry):
    await examined(fake_registry.host, write=SCRATCH)
    assert held(fake_registry) == [[], []]


async def test_nothing_is_written_elsewhere(fake_registry):
    images.fill(fake_registry.repository("team/app"), IMAGE, "1.0")
    await examined(fake_registry.host, write=SCRATCH, repository="team/app")
    assert set(fake_registry.repositories) == {"team/app", SCRATCH, f"{SCRATCH}-mount"}
    written = {each.path for each in fake_registry.requests() if each.method not in {"GET", "HEAD"}}
    assert not [path for path in written if "/team/app/" in path]


async def test_what_others_have_in_the_repository_stays(fake_registry):
    images.fill(fake_registry.repository(SCRATCH), IMAGE, "1.0", "doctor")
    before = held(fake_registry)
    await examined(fake_registry.host, write=SCRATCH)
    assert held(fake_registry) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(whole_blobs=False), {"whole_blob_upload": False}),
        (Options(chunk_min=100_000), {"chunk_min_bytes": 100_000, "chunked_upload": True}),
        (Options(body_limit=1024 * 1024), {"body_limit_bytes": 1024 * 1024}),
        (Options(mounts=False), {"mount": False}),
        (
            Options(referrers_api=False),
            {"referrers_api": False, "referrers_fallback": True},
        ),
        (
            Options(referrers_api="unknown"),
            {"referrers_api": False, "referrers_fallback": True},
        ),
        (
            Options(manifest_parts=False),
            {"refuses_missing_blobs": False, "refuses_missing_manifests": False},
        ),
        (Options(deletes="digests"), {"delete": {"tag": False, "digest": True}}),
        (Options(deletes="manifests"), {"delete_blob": False}),
        (Options(upload_location="elsewhere"), {"whole_blob_upload": True}),
    ],
)
async def test_what_a_registry_does_otherwise_is_told(options, expected):
    async with FakeRegistry(options) as registry:
        report = await reported(registry.host, write=SCRATCH)
        assert {name: report[name] for name in expected} == expected
        assert all(report["how"][name] for name in expected)
        assert [each.method for each in registry.requests("PUT", "/manifests/")]
        if options.deletes == "all":
            assert held(registry) == [[], []]


async def test_what_cannot_be_deleted_is_listed():
    async with FakeRegistry(Options(deletes="none")) as registry:
        report = await reported(registry.host, write=SCRATCH)
        assert report["delete"] == {"tag": False, "digest": False}
        assert report["delete_blob"] is False
        left = [
            *(
                f"{registry.host}/{SCRATCH}@{each}"
                for each in registry.repository(SCRATCH).manifests
            ),
            *(f"{registry.host}/{SCRATCH}:{each}" for each in registry.repository(SCRATCH).tags),
            *(
                f"blob {blob} of {registry.host}/{name}"
                for name in (SCRATCH, f"{SCRATCH}-mount")
                for blob in registry.repository(name).blobs
            ),
        ]
        assert sorted(report["left_behind"]) == sorted(left)
        assert "read-only" not in report["left_behind"]
        assert "answered 405" in report["how"]["left_behind"]


async def test_an_account_that_may_not_push_leaves_it_unknown():
    reader = Account("reader", "secret", frozenset({"pull"}))
    async with FakeRegistry(Options(auth=BasicAuth((reader,)))) as registry:
        environ = logged_in(registry.host, "reader", "secret")
        examination = await examined(registry.host, environ=environ, write=SCRATCH)
        report = examination.report
        assert (examination.error, report.delete, report.mount) == (None, None, None)
        assert "answered 403" in report.how["delete"]
        assert report.left_behind == ()


async def test_a_read_only_registry_leaves_it_unknown():
    async with FakeRegistry(Options(read_only=True)) as registry:
        report = await reported(registry.host, write=SCRATCH)
        assert (report["delete"], report["left_behind"]) == (None, [])
        assert held(registry) == [[], []]


async def test_a_push_whose_answer_is_lost_is_cleaned_up_too(fake_registry):
    lost = CutAnswer(after_effect=True)
    fake_registry.fail(Fault("PUT", "/manifests/doctor-", lost, times=None))
    report = await reported(fake_registry.host, write=SCRATCH)
    assert report["delete"] is None
    assert held(fake_registry) == [[], []]


async def test_a_second_repository_that_is_denied_leaves_mounts_unknown(fake_registry):
    fake_registry.fail(Fault("POST", "-mount/", Answer(403), times=None))
    report = await reported(fake_registry.host, write=SCRATCH)
    assert report["mount"] is None
    assert report["delete"] == {"tag": True, "digest": True}


async def test_a_stopped_examination_cleans_up(fake_registry):
    task: asyncio.Task[object] | None = None

    def stop() -> None:
        assert task is not None
        task.cancel()

    fake_registry.fail(Fault("HEAD", "/manifests/", Meanwhile(stop)))
    task = asyncio.create_task(examined(fake_registry.host, write=SCRATCH))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert held(fake_registry) == [[], []]
    assert fake_registry.requests("DELETE")
