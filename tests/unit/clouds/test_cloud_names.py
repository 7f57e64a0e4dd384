from __future__ import annotations

import pytest

from reposync.cloud_names import CLOUDS, EXTRAS, EcrPlace, Extra, azure_suffix, cloud_of, ecr_place

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("host", "place"),
    [
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", EcrPlace(ACCOUNT, "eu-west-1")),
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com:443", EcrPlace(ACCOUNT, "eu-west-1")),
        (f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn", EcrPlace(ACCOUNT, "cn-north-1")),
        (f"{ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu", EcrPlace(ACCOUNT, "eusc-de-east-1")),
        (
            f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            EcrPlace(ACCOUNT, "us-gov-west-1", is_fips=True),
        ),
        (
            f"{ACCOUNT}.dkr-ecr.us-east-2.on.aws",
            EcrPlace(ACCOUNT, "us-east-2", is_dual_stack=True),
        ),
        (
            f"{ACCOUNT}.dkr-ecr-fips.us-east-2.on.aws",
            EcrPlace(ACCOUNT, "us-east-2", is_fips=True, is_dual_stack=True),
        ),
        ("public.ecr.aws", EcrPlace(region="us-east-1", is_public=True)),
        ("ecr-public.aws.com", EcrPlace(region="us-east-1", is_public=True)),
    ],
)
def test_the_name_of_a_registry_of_ecr_tells_whose_and_where_it_is(host, place):
    assert ecr_place(host) == place
    assert cloud_of(host) == "ecr"


@pytest.mark.parametrize(
    "host", ["gcr.io", "eu.gcr.io", "marketplace.gcr.io", "europe-west1-docker.pkg.dev"]
)
def test_registries_of_google_are_known_by_their_names(host):
    assert cloud_of(host) == "gcr"


@pytest.mark.parametrize(
    ("host", "suffix"),
    [
        ("team.azurecr.io", "io"),
        ("team-a1b2c3.azurecr.io", "io"),
        ("team.azurecr.cn", "cn"),
        ("team.azurecr.us", "us"),
        ("team.westeurope.azurecr.io", "io"),
    ],
)
def test_registries_of_azure_are_known_by_their_names(host, suffix):
    assert cloud_of(host) == "acr"
    assert azure_suffix(host) == suffix


@pytest.mark.parametrize(
    "host",
    [
        "docker.io",
        "azurecr.io",
        "pkg.dev",
        "evilgcr.io",
        "gcr.io.example.com",
        "team.azurecr.io.example.com",
        "team.azurecr.io:5000",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.example.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com:8443",
        "12345.dkr.ecr.eu-west-1.amazonaws.com",
        "x.public.ecr.aws",
        "127.0.0.1:5000",
    ],
)
def test_a_name_that_only_looks_like_a_clouds_is_nobodys(host):
    assert cloud_of(host) is None


@pytest.mark.parametrize("cloud", CLOUDS)
def test_what_is_installed_is_found_without_importing_it(cloud):
    assert EXTRAS[cloud].is_installed


def test_what_is_not_installed_can_be():
    missing = Extra("moon", "nowhere.at.all")
    assert not missing.is_installed
    assert missing.install == "install it: `pip install 'run-reposync[moon]'`"
