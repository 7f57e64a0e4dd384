"""Real registries: distribution 2.8 (docker-registry) or 3, on a free port, usually of loopback.

Each has its files in a directory of its own, which the caller gives and removes; each allows
deletes, and layers that live at their URLs unless told otherwise. Neither has the referrers API;
2.8 answers ``"tags": null`` where all tags were deleted, and 500 to a request for a manifest by the
digest of a layer.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import bcrypt
from tests.servers import environment, packages, process

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.certificates import Certificates
    from tests.servers.namespaces import FarEnd
    from tests.servers.token_server import TokenServer

DISTRIBUTION_2 = "docker-registry"
DISTRIBUTION_3 = "registry3"
"""Distribution 3 under the name that it has on the PATH, where it is."""
_LISTENING = re.compile(r"listening on [\d.]+:(?P<port>\d+)")
_BCRYPT_COST = 4  # the least there is: each request hashes the password anew


@dataclass(frozen=True, slots=True)
class Login:
    """A user and their password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DockerRegistry:
    """A registry that runs: ``url`` without a slash at its end, ``host`` as a reference begins.

    ``certificates`` are those that it shows, ``login`` one that it accepts, None where it needs
    none.
    """

    url: str
    directory: Path
    login: Login | None = None
    certificates: Certificates | None = None

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What a client needs to trust it."""
        return self.certificates.client_context() if self.certificates else None

    def blob_file(self, digest: str) -> Path:
        """Find the file that holds the blob, for tests that damage it."""
        algorithm, _, encoded = digest.partition(":")
        blobs = self.directory / "data/docker/registry/v2/blobs"
        return blobs / algorithm / encoded[:2] / encoded / "data"


@contextmanager
def docker_registry(
    directory: Path,
    *,
    login: Login | None = None,
    certificates: Certificates | None = None,
    tokens: TokenServer | None = None,
    clients: Path | None = None,
    port: int = 0,
    end: FarEnd | None = None,
    distribution: str = DISTRIBUTION_2,
    foreign_urls: bool = True,
    deletes: bool = True,
    read_only: bool = False,
) -> Iterator[DockerRegistry]:
    """Run a registry with its files in *directory* as long as the block lasts.

    *login* makes it ask for that user and password, or, with *tokens*, only names the login that
    the token server accepts; *certificates* make it speak TLS, and *clients* with those alone who
    show a certificate of that authority; *port* 0 is any that is free. With *end* it runs there
    instead of on loopback. *distribution* is the program. Without *foreign_urls* it refuses layers
    that live at their URLs, as it does where nobody configures it; without *deletes* it deletes
    nothing, and with *read_only* it takes nothing either.
    """
    program = packages.require(distribution)
    configuration = _configuration(directory)
    if not foreign_urls:
        del configuration["validation"]
    configuration["storage"]["delete"]["enabled"] = deletes
    configuration["storage"]["maintenance"] = {"readonly": {"enabled": read_only}}
    address = end.address if end else "127.0.0.1"
    configuration["http"]["addr"] = f"{address}:{port}"
    if certificates is not None:
        configuration["http"]["tls"] = {
            "certificate": str(certificates.chain),
            "key": str(certificates.key),
            "clientcas": [str(clients)] if clients else [],
        }
    if tokens is not None:
        configuration["auth"] = {"token": _token_access(directory, tokens)}
    elif login is not None:
        configuration["auth"] = {"htpasswd": _htpasswd_access(directory, login)}
    file = directory / "registry.yml"
    file.write_text(json.dumps(configuration))  # JSON is YAML too
    command = [*(end.inside if end else ()), program, "serve", str(file)]
    with process.running(command, _environment(), _LISTENING) as ready:
        scheme = "https" if certificates else "http"
        url = f"{scheme}://{address}:{ready.match['port']}"
        yield DockerRegistry(url, directory, login, certificates)


def _environment() -> dict[str, str]:
    """Copy the environment; distribution 3 would send traces to a collector that is not there."""
    return {**environment.clean(), "OTEL_TRACES_EXPORTER": "none"}


def _configuration(directory: Path) -> dict[str, Any]:
    data = str(directory / "data")
    return {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": data}, "delete": {"enabled": True}},
        "validation": {"manifests": {"urls": {"allow": ["^https?://"]}}},
        "http": {},
    }


def _htpasswd_access(directory: Path, login: Login) -> dict[str, str]:
    hashed = bcrypt.hashpw(login.password.encode(), bcrypt.gensalt(_BCRYPT_COST))
    file = directory / "htpasswd"
    file.write_text(f"{login.user}:{hashed.decode()}\n")
    return {"realm": "tests", "path": str(file)}


def _token_access(directory: Path, tokens: TokenServer) -> dict[str, str]:
    bundle = directory / "tokens.pem"
    bundle.write_bytes(tokens.certificate_pem)
    return {
        "realm": tokens.realm,
        "service": tokens.service,
        "issuer": tokens.issuer,
        "rootcertbundle": str(bundle),
    }
