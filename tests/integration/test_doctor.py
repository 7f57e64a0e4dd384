"""What ``doctor`` says of real registries, and that it leaves nothing there."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.servers.crane_registry import crane_registry
from tests.servers.docker_registry import docker_registry
from tests.servers.nginx import nginx
from tests.servers.scripted import scripted
from tests.unit.doctor.examined import examined, logged_in, reported

from reposync.config.model import Registry
from reposync.wiring.doctor import Target, doctor

if TYPE_CHECKING:
    from pathlib import Path

SCRATCH = "doctor/scratch"
IMAGE = images.image("doctor")


def files_in(directory: Path) -> list[str]:
    """Name the files of a distribution's storage that hold or name content."""
    kept = (path for path in directory.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(directory)) for path in kept)


def tags_of(registry, repository):
    with urllib.request.urlopen(f"{registry.url}/v2/{repository}/tags/list") as answer:
        return json.loads(answer.read())["tags"] or []


async def test_distribution_2_is_told_as_it_is(plain_registry):
    images.push_graph(plain_registry.url, "doctor/app", IMAGE, "1.0", "2.0")
    report = await reported(plain_registry.host, repository="doctor/app")
    assert report["authentication"] == "none"
    assert report["api_version"] == "registry/2.0"
    assert report["manifest_head"] is True
    assert report["referrers_api"] is False
    assert report["catalog"] is True
    assert report["tag_list_pages"] is False
    assert report["clock_skew_s"] in {-1, 0, 1}
    assert report["delete"] is None


async def test_distribution_2_deletes_by_digest_alone_and_is_clean_afterwards(plain_registry):
    report = await reported(plain_registry.host, write=SCRATCH)
    assert report["delete"] == {"tag": False, "digest": True}
    assert (report["delete_blob"], report["mount"]) == (True, True)
    assert (report["whole_blob_upload"], report["chunked_upload"]) == (False, True)
    assert (report["referrers_api"], report["referrers_fallback"]) == (False, True)
    assert report["refuses_missing_blobs"] is True
    assert report["refuses_missing_manifests"] is True
    assert report["left_behind"] == []
    assert tags_of(plain_registry, SCRATCH) == []
    repositories = plain_registry.directory / "data/docker/registry/v2/repositories"
    left = [
        name
        for scratch in (SCRATCH, f"{SCRATCH}-mount")
        for name in files_in(repositories / scratch)
        if "/revisions/" not in f"/{name}" and "_manifests/tags" not in name
    ]
    assert left == []


async def test_distribution_3_deletes_tags_and_lists_them_in_pages(distribution3_registry):
    report = await reported(distribution3_registry.host, write=SCRATCH)
    assert report["delete"] == {"tag": True, "digest": True}
    assert report["tag_list_pages"] is True
    assert report["referrers_api"] is False
    assert report["left_behind"] == []
    assert tags_of(distribution3_registry, SCRATCH) == []


async def test_olareg_has_the_referrers_api_and_deletes_no_blobs(olareg_registry):
    report = await reported(olareg_registry.host, write=SCRATCH)
    assert report["referrers_api"] is True
    assert report["delete"] == {"tag": True, "digest": True}
    assert report["delete_blob"] is False
    assert report["whole_blob_upload"] is True
    assert report["catalog"] is False
    assert all(each.startswith("blob ") for each in report["left_behind"])
    assert tags_of(olareg_registry, SCRATCH) == []


async def test_the_registry_of_crane_takes_any_manifest():
    with crane_registry() as url:
        report = await reported(url.partition("://")[2], write=SCRATCH)
    assert report["refuses_missing_blobs"] is False
    assert report["referrers_api"] is False
    assert report["mount"] is False
    assert report["tag_list_pages"] is False
    assert report["left_behind"] == []


async def test_a_registry_that_deletes_nothing_is_told_with_what_is_left(tmp_path):
    with docker_registry(tmp_path, deletes=False) as registry:
        report = await reported(registry.host, write=SCRATCH)
        assert report["delete"] == {"tag": False, "digest": False}
        assert report["delete_blob"] is False
        tags = tags_of(registry, SCRATCH)
        assert tags
        left = {f"{registry.host}/{SCRATCH}:{tag}" for tag in tags}
        assert left <= set(report["left_behind"])


async def test_a_read_only_registry_is_asked_all_the_same(tmp_path):
    with docker_registry(tmp_path, read_only=True) as registry:
        report = await reported(registry.host)
        assert (report["reachable"], report["catalog"]) == (True, True)
        written = await reported(registry.host, write=SCRATCH)
        assert (written["delete"], written["left_behind"]) == (None, [])


async def test_htpasswd_is_basic_authentication(htpasswd_registry, login):
    environ = logged_in(htpasswd_registry.host, login.user, login.password)
    report = await reported(htpasswd_registry.host, environ=environ, write=SCRATCH)
    assert report["authentication"] == "basic"
    assert report["credentials"]["accepted"] is True
    assert report["left_behind"] == []


@pytest.mark.parametrize("kind", ["htpasswd_registry", "token_registry"])
async def test_a_wrong_password_is_refused_and_is_not_shown(request, kind, login):
    registry = request.getfixturevalue(kind)
    environ = logged_in(registry.host, login.user, "wr0ng-s3cret")
    examination = await examined(registry.host, environ=environ)
    assert examination.error is not None
    assert "does not accept" in examination.error.message
    assert "wr0ng-s3cret" not in repr(examination)


async def test_a_token_service_is_named(token_registry, token_server, login):
    environ = logged_in(token_registry.host, login.user, login.password)
    report = await reported(token_registry.host, environ=environ, write=SCRATCH)
    assert report["authentication"] == "bearer"
    assert report["token_service"] == {
        "realm": token_server.realm,
        "service": token_server.service,
    }
    assert report["credentials"]["accepted"] is True
    assert report["left_behind"] == []


async def test_tls_is_told_with_the_issuer_and_the_days_left(tls_registry, certificates):
    registry = Registry(url=f"https://{tls_registry.host}", ca_file=str(certificates.authority))
    report = (await doctor(Target("tls", registry), {})).report
    assert report.tls is not None
    assert report.tls.version.startswith("TLSv1.")
    assert report.tls.verified
    assert "trustme" in str(report.tls.issuer)
    assert report.tls.days_left is not None
    assert report.tls.days_left > 0


async def test_a_certificate_that_is_not_verified_tells_nothing(tls_registry):
    report = await reported(tls_registry.host)  # on loopback, where none is required
    assert report["tls"]["verified"] is False
    assert report["tls"]["issuer"] is None


async def test_a_certificate_that_is_not_trusted_is_told_in_the_engines_words(tls_registry):
    examination = await examined(f"https://{tls_registry.host}")
    assert examination.error is not None
    assert examination.error.message.startswith(f"the certificate of {tls_registry.host}")
    assert examination.report.reachable is False


async def test_a_proxy_that_limits_bodies_is_told_with_a_length_that_it_takes(
    plain_registry, tmp_path
):
    limit = "client_max_body_size 3m;"
    with nginx(tmp_path, plain_registry.url, server=limit) as proxy:
        report = await reported(proxy.host, write=SCRATCH)
    assert report["body_limit_bytes"] == 2 * 1024 * 1024
    assert report["server"].startswith("nginx/")
    assert report["left_behind"] == []


async def test_a_login_page_in_the_registrys_place_is_told():
    page = "<!DOCTYPE html><title>Sign in</title>"
    with scripted(lambda _asked: (200, page), {"Content-Type": "text/html"}) as server:
        examination = await examined(server.url.partition("://")[2])
    assert examination.error is not None
    assert "returned text/html instead of a registry's answer" in examination.error.message
    assert {asked.method for asked in server.asked} == {"GET"}
