"""What every handler is given: the options, the storage, and where the server listens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.registry.message import RefusedError
from tests.fakes.registry.storage import Repository, Storage

if TYPE_CHECKING:
    from tests.fakes.registry.options import Options

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_NAME_LIMIT = 255


@dataclass(slots=True)
class State:
    """A registry without its server; ``upload_origin`` is where uploads ``elsewhere`` go."""

    options: Options
    storage: Storage = field(default_factory=Storage)
    upload_origin: str = ""

    def repository(self, name: str) -> Repository:
        """Return the repository *name* to read from.

        Raises:
            RefusedError: There is none (code-7).
        """
        repository = self.storage.find(name)
        if repository is None:
            raise RefusedError("NAME_UNKNOWN", f"repository {name} is not known")
        return repository

    def repository_to_write(self, name: str) -> Repository:
        """Return the repository *name* to write to, new where there was none.

        Raises:
            RefusedError: The name is not legal (code-6), or it is not one that was made before.
        """
        if len(name) > _NAME_LIMIT or not _NAME.fullmatch(name):
            raise RefusedError("NAME_INVALID", f"{name} is no repository name")
        if self.options.was_made is not None and not self.options.was_made(name):
            raise RefusedError("NAME_UNKNOWN", f"The repository with name '{name}' does not exist")
        return self.storage.repository(name)
