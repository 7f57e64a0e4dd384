"""Names of platforms: which of them mean the same, and which entries of an index they mean."""

from __future__ import annotations

import pytest

from reposync.oci.platform import parse


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v9", "linux/arm64/v9"),
        ("linux/arm", "linux/arm"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/amd64/v3", "linux/amd64/v3"),
    ],
)
def test_a_platform_is_named_as_containerd_names_it(text, normalized):
    assert str(parse(text).normalized) == normalized


@pytest.mark.parametrize(
    ("wanted", "meant", "others"),
    [
        ("linux/arm64", ["linux/arm64", "linux/arm64/v8", "linux/arm64/v9"], ["linux/arm/v8"]),
        ("linux/arm64/v8", ["linux/arm64", "linux/arm64/v8"], ["linux/arm/v7"]),
        ("linux/arm", ["linux/arm", "linux/arm/v6", "linux/arm/v7"], ["linux/arm64"]),
        ("linux/arm/v7", ["linux/arm", "linux/arm/v7"], ["linux/arm/v6"]),
        ("linux/amd64", ["linux/amd64", "linux/amd64/v3"], ["windows/amd64"]),
        ("linux/amd64/v1", ["linux/amd64"], ["linux/amd64/v3"]),
    ],
)
def test_a_name_without_a_variant_means_all_of_them(wanted, meant, others):
    assert all(parse(wanted).includes(parse(each)) for each in meant)
    assert not any(parse(wanted).includes(parse(each)) for each in others)
