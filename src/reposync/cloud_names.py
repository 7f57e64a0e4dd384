"""Cloud names: which cloud a registry belongs to, by its host name, and which extra it needs.

Pure, except for the check whether a library is installed. As this module is imported at every
start, it imports no vendor library and compiles no expression before it is used.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Cloud = Literal["ecr", "gcr", "acr"]
CLOUDS: tuple[Cloud, ...] = ("ecr", "gcr", "acr")

# Amazon ECR user guide, "Making requests to Amazon ECR registries"; the partitions of AWS.
_ECR = (
    r"(?P<account>[0-9]{12})\.dkr(?P<dash>[.-])ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9][a-z0-9-]*)\."
    r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.(?:aws|amazonwebservices\.com\.cn)"
    r"|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)(?::443)?"
)
_ECR_PUBLIC = r"(?:public\.ecr\.aws|ecr-public\.aws\.com)(?::443)?"
_ECR_PUBLIC_REGION = "us-east-1"
_GOOGLE = r"(?:(?:[a-z0-9-]+\.)*gcr\.io|(?:[a-z0-9-]+\.)+pkg\.dev)(?::443)?"
_AZURE = r"[a-z0-9-]+(?:\.[a-z0-9-]+)?\.azurecr\.(?P<suffix>io|cn|us)(?::443)?"


class EcrPlace(NamedTuple):
    """Account and region of an ECR registry; what its name does not hold is empty."""

    registry_id: str = ""
    region: str = ""
    is_public: bool = False
    is_fips: bool = False
    is_dual_stack: bool = False


class Extra(NamedTuple):
    """The extra that a cloud needs, and the module that it installs."""

    name: str
    module: str

    @property
    def is_installed(self) -> bool:
        """Whether the module is installed; it is not imported."""
        try:
            return find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False

    @property
    def command(self) -> str:
        """The command that installs it."""
        return f"`pip install 'run-reposync[{self.name}]'`"

    @property
    def install(self) -> str:
        """The hint if it is missing."""
        return f"install it: {self.command}"


EXTRAS: Mapping[Cloud, Extra] = {
    "ecr": Extra("aws", "botocore.session"),
    "gcr": Extra("gcp", "google.auth"),
    "acr": Extra("azure", "azure.identity"),
}


def cloud_of(host: str) -> Cloud | None:
    """Return the cloud of the registry at the canonical *host*; None if it is not a cloud's."""
    if ecr_place(host) is not None:
        return "ecr"
    if re.fullmatch(_GOOGLE, host):
        return "gcr"
    return "acr" if re.fullmatch(_AZURE, host) else None


def ecr_place(host: str) -> EcrPlace | None:
    """Parse the host name of an ECR registry; None if it is not one."""
    if re.fullmatch(_ECR_PUBLIC, host):
        return EcrPlace(region=_ECR_PUBLIC_REGION, is_public=True)
    match = re.fullmatch(_ECR, host)
    if match is None:
        return None
    return EcrPlace(
        match["account"],
        match["region"],
        is_fips=bool(match["fips"]),
        is_dual_stack=match["dash"] == "-",
    )


def azure_suffix(host: str) -> str:
    """Return the top-level domain of an Azure registry, which names the cloud: io, cn or us."""
    match = re.fullmatch(_AZURE, host)
    return match["suffix"] if match else "io"
