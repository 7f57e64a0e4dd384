"""Clouds on loopback: their environment, their token services, and files of their credentials."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests import images

from reposync.config.model import Config, Registry, Rule, Source, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest
    from tests.servers.scripted import Asked, Reply

OTHERS = ("AWS_", "AZURE_", "GOOGLE_", "GCE_", "CLOUDSDK_", "IDENTITY_", "MSI_")
TOOLS = ("az", "azd", "pwsh")
GOOGLE_USER = "oauth2accesstoken"
AZURE_USER = "00000000-0000-0000-0000-000000000000"
GRAPH = images.image("clouds", layer_bytes=100_000)


def clear(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let the machine belong to no cloud, and nobody be logged in to one."""
    for name in [each for each in os.environ if each.startswith(OTHERS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", _without_tools(os.environ["PATH"]))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(home / "gcloud"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    monkeypatch.setenv("GCE_METADATA_IP", "127.0.0.1:1")
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "1")


def _without_tools(path: str) -> str:
    folders = path.split(os.pathsep)
    return os.pathsep.join(
        each for each in folders if not any(Path(each, tool).exists() for tool in TOOLS)
    )


def aws(url: str) -> dict[str, str]:
    """Return the environment of a user of AWS whose services are all at *url*."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "aws-s3cret-key",
        "AWS_REGION": "eu-west-1",
    }


class Ecr:
    """A control plane that gives *passwords* one after another, the last again and again."""

    def __init__(self, *passwords: str, **answers: Reply) -> None:
        self._passwords = list(passwords)
        self._answers = answers

    def __call__(self, asked: Asked) -> Reply:
        if asked.action in self._answers:
            return self._answers[asked.action]
        if asked.action != "GetAuthorizationToken":
            return 200, {}
        password = self._passwords.pop(0) if len(self._passwords) > 1 else self._passwords[0]
        token = base64.b64encode(f"AWS:{password}".encode()).decode()
        data = {"authorizationToken": token, "expiresAt": time.time() + 43_200}
        is_public = "SpencerFrontendService" in asked.headers["x-amz-target"]
        return 200, {"authorizationData": data if is_public else [data]}


def denied(code: str, message: str) -> Reply:
    """Return the answer by which AWS refuses."""
    return 400, {"__type": code, "message": message}


def service_account(folder: Path, token_uri: str) -> Path:
    """Write a key of a service account of Google's, whose tokens are to be had at *token_uri*."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    document = {
        "type": "service_account",
        "client_email": "sync@project.iam.gserviceaccount.com",
        "private_key": pem.decode(),
        "private_key_id": "1",
        "token_uri": token_uri,
    }
    file = folder / "key.json"
    file.write_text(json.dumps(document))
    return file


def web_token(**claims: object) -> str:
    """Make a JSON web token that nobody signed."""
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    head, payload = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{payload}.c2lnbmF0dXJl"


def copying(
    here: Registry, there: Registry, *repositories: str, tags: tuple[str, ...] = ()
) -> Config:
    """Make a file that copies one repository of *here* to several of *there*."""
    rules = tuple(Rule(destination="there", repository=each, tags=tags) for each in repositories)
    stage = Stage(source=Source(source="here", repository="app"), rules=rules)
    return Config(registries={"here": here, "there": there}, stages=(stage,))


def document(here: str, there: Mapping[str, Any]) -> str:
    """Write a file that copies to all registries *there*, for the command."""
    rules = [{"destination": key, "repository": "copy"} for key in there]
    return json.dumps(
        {
            "registries": {"here": {"url": here, "skip-tls-verify": True}, **there},
            "stages": [{"from": {"source": "here", "repository": "app"}, "to": rules}],
        }
    )
