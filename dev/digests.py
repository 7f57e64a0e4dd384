"""Check by an independent client that a file's tags are alike on both sides.

``python -m dev.digests FILE`` asks skopeo, or where there is none the standard library, for the
manifest of every tag at its source and at its destination, and compares their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml
from dev.plain_client import PlainClient
from dev.settings import PASSWORD, USER, registries

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Place:
    """A repository of a registry; ``host`` is host and port."""

    host: str
    repository: str

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"


class Reader(Protocol):
    """A client that is none of reposync's."""

    name: str

    def tags(self, place: Place) -> list[str]:
        """List all tags."""
        ...

    def manifest(self, place: Place, tag: str) -> bytes | None:
        """Get the manifest as it stands; None where there is none."""
        ...


class Skopeo:
    """Asks skopeo; ``auth_file`` holds the credentials, since a command line shows to all."""

    name = "skopeo"

    def __init__(self, auth_file: Path) -> None:
        self._options = ["--tls-verify=false", "--authfile", str(auth_file)]

    def tags(self, place: Place) -> list[str]:
        """List all tags."""
        output = self._run("list-tags", f"docker://{place}")
        return [str(tag) for tag in json.loads(output)["Tags"]] if output else []

    def manifest(self, place: Place, tag: str) -> bytes | None:
        """Get the manifest as it stands; None where there is none."""
        return self._run("inspect", "--raw", f"docker://{place}:{tag}")

    def _run(self, *arguments: str) -> bytes | None:
        command = ["skopeo", *arguments, *self._options]
        answer = subprocess.run(command, capture_output=True, check=False)
        return answer.stdout if answer.returncode == 0 else None


class StandardLibrary:
    """Asks with urllib."""

    name = "urllib"

    def tags(self, place: Place) -> list[str]:
        """List all tags."""
        return _client(place.host).tags(place.repository)

    def manifest(self, place: Place, tag: str) -> bytes | None:
        """Get the manifest as it stands; None where there is none."""
        return _client(place.host).manifest(place.repository, tag)


def check(path: Path) -> bool:
    """Print a line for each tag of the file at *path*; tell whether all are alike."""
    document = yaml.safe_load(path.read_text())
    with _reader() as reader:
        print(f"{reader.name} compares every tag at its source and at its destination:")
        return all([_alike(reader, *pair) for pair in _pairs(document, reader)])  # noqa: C419 -- each prints


def _pairs(document: dict[str, Any], reader: Reader) -> Iterator[tuple[Place, Place, str]]:
    hosts = {key: registry["url"] for key, registry in document["registries"].items()}
    for stage in document["stages"]:
        source = Place(hosts[stage["from"]["source"]], stage["from"]["repository"])
        for rule in stage["to"]:
            destination = Place(hosts[rule["destination"]], rule["repository"])
            for tag in rule.get("tags") or reader.tags(source):
                yield source, destination, tag


def _alike(reader: Reader, source: Place, destination: Place, tag: str) -> bool:
    here, there = (reader.manifest(place, tag) for place in (source, destination))
    alike = here is not None and here == there
    digest = f"sha256:{hashlib.sha256(here).hexdigest()[:12]}" if here else "nothing"
    print(f"  {'ok' if alike else 'DIFFERS':<7}  {tag:<7} {digest:<19}  {destination}")
    return alike


@contextmanager
def _reader() -> Iterator[Reader]:
    if not shutil.which("skopeo"):
        yield StandardLibrary()
        return
    with tempfile.TemporaryDirectory() as folder:  # only its owner can look into it
        path = Path(folder) / "auth.json"
        auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        hosts = [registry.host for registry in registries() if registry.needs_login]
        path.write_text(json.dumps({"auths": {host: {"auth": auth} for host in hosts}}))
        yield Skopeo(path)


def _client(host: str) -> PlainClient:
    registry = next(registry for registry in registries() if registry.host == host)
    user, password = (USER, PASSWORD) if registry.needs_login else ("", "")
    return PlainClient(registry.url, user, password)


def main() -> int:
    """Check the file that the command line names."""
    return 0 if check(Path(sys.argv[1])) else 1


if __name__ == "__main__":
    sys.exit(main())
