"""The environment that servers and tools of the tests get: nothing that changes their ways."""

from __future__ import annotations

import os

_MISLEADING = (
    "REGISTRY_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "DOCKER_",
    "GITHUB_STEP_SUMMARY",
)


def clean() -> dict[str, str]:
    """Copy the environment without proxies and without variables of registries and their tools.

    ``REGISTRY_AUTH_FILE``, which tells skopeo where logins are, would end docker-registry at once.
    Nor does a run that a test makes belong into the summary of the job that runs the tests.
    """
    return {
        name: text for name, text in os.environ.items() if not name.upper().startswith(_MISLEADING)
    }
