"""What a copy without a file means."""

from __future__ import annotations

import pytest

from reposync.errors import InvalidReferenceError
from reposync.selection.choose import Image, choose
from reposync.wiring.one_off import one_off

DIGEST = "sha256:" + "a" * 64


def images(source, destination):
    return choose(one_off(source, destination).stage.rules[0].selectors, ())


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        ("ghcr.io/app:1", "quay.io/app", Image("1", "1")),
        ("ghcr.io/app:1", "quay.io/app:2", Image("1", "2", is_alias=True)),
        ("ghcr.io/app", "quay.io/app", Image("latest", "latest")),
        (f"ghcr.io/app@{DIGEST}", "quay.io/app", Image(DIGEST, "")),
        (f"ghcr.io/app@{DIGEST}", "quay.io/app:2", Image(DIGEST, "2")),
        (f"ghcr.io/app:1@{DIGEST}", "quay.io/app", Image(DIGEST, "1")),
        ("ghcr.io/app:1", "ghcr.io/app:2", Image("1", "2", is_alias=True)),
    ],
)
def test_a_destination_without_a_tag_gets_the_sources(source, destination, expected):
    assert images(source, destination) == (expected,)


def test_a_layout_without_a_name_gets_repository_and_tag_of_the_source():
    stage = one_off("ghcr.io/team/app:1", "oci:bundle").stage
    assert str(stage.rules[0].destination.reference) == "oci:bundle:team/app"


def test_a_layout_with_a_tag_gets_that_name_alone():
    stage = one_off("ghcr.io/team/app:1", "oci:bundle:2").stage
    assert str(stage.rules[0].destination.reference.naming("2")) == "oci:bundle:2"


@pytest.mark.parametrize(
    ("host", "skip_tls_verify", "expected"),
    [("localhost:5000", False, True), ("ghcr.io", False, False), ("ghcr.io", True, True)],
)
def test_plain_http_is_for_this_machine_or_on_request(host, skip_tls_verify, expected):
    asked = one_off(f"{host}/app:1", "oci:bundle", skip_tls_verify=skip_tls_verify)
    assert asked.registries["source"].skip_tls_verify is expected


@pytest.mark.parametrize(
    ("source", "destination", "why"),
    [
        ("ghcr.io/app:1", "ghcr.io/app", "source and destination are both ghcr.io/app"),
        ("ghcr.io/app:1", "ghcr.io/app:1", "source and destination are both ghcr.io/app"),
        ("alpine", "docker.io/library/alpine", "source and destination are both"),
        ("oci:bundle", "ghcr.io/app", "does not say which image"),
        ("ghcr.io/app:1", f"quay.io/app@{DIGEST}", "names a digest"),
        ("ghcr.io/app:1", "oci:bundle.tar.gz:1", "is compressed"),
    ],
)
def test_what_cannot_be_meant_is_refused(source, destination, why):
    with pytest.raises(InvalidReferenceError, match=why):
        one_off(source, destination)


def test_a_platform_that_is_none_is_refused():
    with pytest.raises(InvalidReferenceError):
        one_off("ghcr.io/app:1", "quay.io/app", platforms=["linux"])
