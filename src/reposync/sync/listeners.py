"""Several listeners as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.sync.events import Event, Listener


def to_all(*listeners: Listener) -> Listener:
    """Return a listener that passes everything on to *listeners*, in their order."""

    def listen(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return listen
