"""Values whose ``repr`` omits fields.

Secrets must not reach a log or a traceback through a ``repr``, nor must whole manifests.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Redacted(Struct, frozen=True):
    """A value whose ``repr`` omits the fields in ``redacted``."""

    redacted: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return the fields that are shown; rich calls this as well."""
        shown = [name for name in self.__struct_fields__ if name not in self.redacted]
        return [(name, getattr(self, name)) for name in shown]
