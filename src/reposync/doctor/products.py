"""Products: what a registry is, by its host's name or by what its answers are known for. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.cloud_names import cloud_of, ecr_place
from reposync.doctor.findings import Finding, unknown
from reposync.oci.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.doctor.observations import Observation

_BY_HOST = {
    DOCKER_HUB: "Docker Hub",
    "ghcr.io": "GitHub Container Registry",
    "quay.io": "Quay",
    "registry.gitlab.com": "GitLab container registry",
    "registry.redhat.io": "Red Hat Ecosystem Catalog",
    "mcr.microsoft.com": "Microsoft Artifact Registry",
}
_BY_CLOUD = {
    "gcr": "Google Artifact Registry",
    "acr": "Azure Container Registry",
}


class _Sign(Struct, frozen=True):
    """A header whose value shows a product; the expression's first group is the version."""

    header: str
    expression: str
    product: str


_SIGNS = (
    _Sign("Gitlab-Container-Registry-Version", r"(.+)", "GitLab container registry"),
    _Sign("X-JFrog-Version", r"(?:Artifactory/)?(\S+).*", "Artifactory"),
    _Sign("X-Artifactory-Node-Id", r".+()", "Artifactory"),
    _Sign("Server", r"Nexus/(\S+).*", "Nexus Repository"),
    _Sign("Server", r"AzureContainerRegistry()", "Azure Container Registry"),
    _Sign("WWW-Authenticate", r'.*service="harbor-registry"()', "Harbor"),
)


def product(host: str, observations: Iterable[Observation]) -> Finding:
    """Return which product the registry *host* is, as far as that can be seen."""
    by_name = _by_name(host)
    if by_name:
        return Finding("product", by_name, "by the name of the host")
    for observation in observations:
        for sign in _SIGNS:
            match = re.match(sign.expression, observation.header(sign.header))
            if match is not None:
                name = f"{sign.product} {match[1]}".rstrip()
                return Finding("product", name, f"{sign.header} on {observation.request}")
    return unknown("product", "neither its name nor its headers show it")


def _by_name(host: str) -> str:
    bare = host.removesuffix(":443")
    place = ecr_place(host)
    if place is not None:
        return "Amazon ECR Public" if place.is_public else "Amazon ECR"
    return _BY_HOST.get(bare) or _BY_CLOUD.get(cloud_of(host) or "", "")
