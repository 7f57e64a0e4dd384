"""Whether anything that ``--only`` means was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.selection.errors import InvalidSelectorError
from reposync.sync import events

if TYPE_CHECKING:
    from reposync.selection.only import Only
    from reposync.sync.events import Listener


class OnlyCheck:
    """A listener that knows whether anything was selected, or could not be."""

    def __init__(self, listener: Listener) -> None:
        self.anything = False
        self._listener = listener

    def __call__(self, event: events.Event) -> None:
        """Take *event* into account, and pass it on."""
        if not self.anything:
            self.anything = _says_anything(event)
        self._listener(event)

    def check(self, only: Only | None) -> None:
        """Make sure that something was selected, or could not be.

        Raises:
            InvalidSelectorError: Nothing that the stages select is of those that *only* means.
        """
        if only is not None and not self.anything:
            raise InvalidSelectorError(
                f"nothing that the file asks for is {only.text}",
                hint="--only wants the name of a repository at its source, or repository:tag",
            )


def _says_anything(event: events.Event) -> bool:
    match event:
        case events.ImagesSelected(count=count):
            return count > 0
        case events.StageFailed():
            return True
        case _:
            return False
