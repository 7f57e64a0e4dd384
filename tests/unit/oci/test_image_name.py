"""Image names of a command line."""

from __future__ import annotations

import pytest

from reposync.errors import InvalidReferenceError
from reposync.oci.digest import Digest
from reposync.oci.image_name import ImageName, parse_image_name

DIGEST = Digest("sha256:" + "a" * 64)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpine", ImageName("docker.io", "library/alpine")),
        ("alpine:3.20", ImageName("docker.io", "library/alpine", "3.20")),
        ("team/app", ImageName("docker.io", "team/app")),
        ("index.docker.io/alpine:1", ImageName("docker.io", "library/alpine", "1")),
        ("localhost/app:1", ImageName("localhost", "app", "1")),
        ("localhost:5000/app", ImageName("localhost:5000", "app")),
        ("ghcr.io/org/team/app:v1", ImageName("ghcr.io", "org/team/app", "v1")),
        (f"ghcr.io/app@{DIGEST}", ImageName("ghcr.io", "app", "", DIGEST)),
        (f"ghcr.io/app:1@{DIGEST}", ImageName("ghcr.io", "app", "1", DIGEST)),
        ("http://registry/app:1", ImageName("http://registry", "app", "1")),
        ("https://registry:5000/app", ImageName("https://registry:5000", "app")),
        ("oci:bundle", ImageName("oci:bundle", "")),
        ("oci:bundle.tar:1.0", ImageName("oci:bundle.tar", "", "1.0")),
        ("oci:/data/bundle:team/app:1.0", ImageName("oci:/data/bundle", "team/app", "1.0")),
        (f"oci:bundle:@{DIGEST}", ImageName("oci:bundle", "", "", DIGEST)),
    ],
)
def test_a_name_is_read_as_docker_reads_it(text, expected):
    assert parse_image_name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("team/app", ImageName("docker.io", "team/app")),
        ("oci:bundle", ImageName("oci:bundle", "")),
        ("oci:bundle:team/app", ImageName("oci:bundle", "team/app")),
    ],
)
def test_a_repository_is_a_name_without_a_tag(text, expected):
    assert parse_image_name(text, is_repository=True) == expected


@pytest.mark.parametrize(
    "text",
    ["", "ghcr.io/", "ghcr.io/App", "ghcr.io/app:", "app:-x", "app@sha256:ab", "oci:", "https://"],
)
def test_what_is_no_image_is_refused(text):
    with pytest.raises(InvalidReferenceError):
        parse_image_name(text)


@pytest.mark.parametrize("text", ["ghcr.io/app:1", f"ghcr.io/app@{DIGEST}"])
def test_an_image_is_no_repository(text):
    with pytest.raises(InvalidReferenceError, match="names one image, not a repository"):
        parse_image_name(text, is_repository=True)


@pytest.mark.parametrize(
    ("text", "is_on_loopback"),
    [
        ("localhost:5000/app", True),
        ("127.0.0.1:5000/app", True),
        ("127.8.8.8:5000/app", True),
        ("[::1]:5000/app", True),
        ("dev.localhost:5000/app", True),
        ("10.0.0.1:5000/app", False),
        ("localhost.example.com/app", False),
        ("https://localhost:5000/app", False),
        ("oci:localhost", False),
        ("alpine", False),
    ],
)
def test_only_an_address_of_this_machine_without_a_scheme_is_on_loopback(text, is_on_loopback):
    assert parse_image_name(text).is_on_loopback is is_on_loopback
