from __future__ import annotations

import pytest

from reposync import cloud_names
from reposync.cloud_names import Extra
from reposync.registry.auth.login_errors import how_to_log_in

ANYWHERE = (
    ": set env_user and env_password of this registry in the file, or log in to it with docker or "
    "podman"
)


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("registry.example.com", ""),
        ("gcr.io", "; `credentials: gcr` uses those of its cloud, or says why it cannot"),
        (
            "team.azurecr.io",
            ", or use those of its cloud: `pip install 'run-reposync[azure]'`",
        ),
    ],
)
def test_who_is_nobody_hears_of_every_way_to_be_somebody(monkeypatch, host, more):
    monkeypatch.setitem(cloud_names.EXTRAS, "acr", Extra("azure", "nowhere.at.all"))
    assert how_to_log_in(host) == f"no credentials are configured for {host}{ANYWHERE}{more}"
