"""Uploads that are open after a run, and why a client may not have been able to give one up.

Pure. What is excused here is what ``docs/explanation/guarantees.md`` names under "Uploads that
stay open".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.registry import AlterHeaders, Answer, CutAnswer, Delay, Interims, Stall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.registry import FakeRegistry
    from tests.fakes.registry.faults import Action

    Struck = Iterable[tuple[str, str, Action]]

_WAITED_S = 2.0
"""What a stopped run waits for the answer that says where an upload is."""
_LONG_WISHES = frozenset({"20", "5000"})
"""Of ``Retry-After``: longer than giving up may take."""


def unexcused(
    registry: FakeRegistry, known: frozenset[str], struck: Struck, *, has_company: bool
) -> list[str]:
    """Name the uploads that are open, were not among *known*, and should have been given up.

    *has_company* says that two runs were under way.
    """
    faults = list(struck)
    return [
        upload
        for upload in registry.open_uploads
        if upload not in known
        and not _place_is_unknown(registry, upload, faults)
        and not _cannot_be_told(registry, upload, faults)
        and not (has_company and _is_said_to_be_closed(upload, faults))
    ]


def _place_is_unknown(registry: FakeRegistry, upload: str, struck: Struck) -> bool:
    """Return whether the answer that says where it is was lost, late or broken."""
    opening = registry.opened_amid.get(_id(upload))
    later = [action for _, path, action in struck if path.endswith(_id(upload))]
    return (
        isinstance(opening, CutAnswer | Stall | Interims)
        or (isinstance(opening, Delay) and opening.seconds >= _WAITED_S)
        or any(isinstance(each, AlterHeaders) and "Location" in each.headers for each in later)
        or (isinstance(opening, AlterHeaders) and "Location" in opening.headers)
    )


def _is_said_to_be_closed(upload: str, struck: Struck) -> bool:
    """Return whether the registry said so: the blob may be there then, brought by the other run."""
    return any(
        isinstance(action, Answer) and action.status < 300 and path.endswith(_id(upload))
        for _, path, action in struck
    )


def _cannot_be_told(registry: FakeRegistry, upload: str, struck: Struck) -> bool:
    """Return whether giving it up met a fault, or the registry wants to hear nothing of us."""
    if any(method == "DELETE" and path.endswith(_id(upload)) for method, path, _ in struck):
        return True
    if any(request.status != 401 for request in registry.requests("DELETE", _id(upload))):
        return False
    return any(_shuts_out(path, action) for _, path, action in struck)


def _shuts_out(path: str, action: Action) -> bool:
    """Return whether *action* may end all requests: no token, no credentials, a pause."""
    if path == "/token":
        return True
    return isinstance(action, Answer) and (
        action.status == 401 or action.headers.get("Retry-After") in _LONG_WISHES
    )


def _id(upload: str) -> str:
    return upload.rpartition("/")[2]
