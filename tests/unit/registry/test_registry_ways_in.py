from __future__ import annotations

import pytest

from reposync import cloud_names
from reposync.cloud_names import Extra
from reposync.registry.auth import _ways_in

ANYWHERE = (
    "name env_user and env_password of this registry in the file, or log in to it with docker or "
    "podman"
)


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("registry.example.com", ""),
        ("gcr.io", "; `credentials: gcr` takes those of its cloud, or tells why not"),
        (
            "team.azurecr.io",
            ", or use those of its cloud: `pip install 'run-reposync[azure]'`",
        ),
    ],
)
def test_who_is_nobody_hears_of_every_way_to_be_somebody(monkeypatch, host, more):
    monkeypatch.setitem(cloud_names.EXTRAS, "acr", Extra("azure", "nowhere.at.all"))
    assert _ways_in(host) == ANYWHERE + more
