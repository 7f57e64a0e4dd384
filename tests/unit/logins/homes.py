"""Homes of users, with the files in which docker and podman keep logins, and with helpers.

A helper here is a real program: a shell script on PATH that notes what it was asked.
"""

from __future__ import annotations

import base64
import json
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def packed(user: str, password: str) -> dict[str, str]:
    """Write a login as `docker login` does."""
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@dataclass(frozen=True)
class Home:
    """A user's home below ``root``, and the environment that leads there."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path) -> Home:
        """Make one in which nothing is kept yet."""
        (root / "bin").mkdir()
        path = f"{root / 'bin'}:{SYSTEM_PATH}"
        runtime = str(root / "run")
        return cls(root, {"HOME": str(root), "PATH": path, "XDG_RUNTIME_DIR": runtime})

    def write(self, path: str, content: str | dict[str, Any]) -> Path:
        """Write a file, as JSON unless it is a text."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def docker(self, **content: Any) -> Path:
        """Write docker's config.json."""
        return self.write(".docker/config.json", content)

    def helper(self, name: str, script: str) -> None:
        """Write a helper that notes each question and then does what *script* says."""
        file = self.root / "bin" / f"docker-credential-{name}"
        asked = shlex.quote(str(self.asked_file(name)))
        file.write_text(f'#!/bin/sh\nserver=$(cat)\necho "$1 $server" >> {asked}\n{script}\n')
        file.chmod(0o755)

    def answering(self, name: str, user: str, secret: str) -> None:
        """Write a helper that gives this login for every server."""
        answer = json.dumps({"ServerURL": "x", "Username": user, "Secret": secret})
        self.helper(name, f"echo {shlex.quote(answer)}")

    def asked(self, name: str) -> list[str]:
        """Return what a helper was asked: a word and a server each time."""
        file = self.asked_file(name)
        return file.read_text().splitlines() if file.exists() else []

    def asked_file(self, name: str) -> Path:
        """Return the file in which a helper notes what it was asked."""
        return self.root / f"{name}.asked"
