"""dregsy: one call for the images of a stage that are on their way together, by way of skopeo.

It does one tag after the other, so a call is begun when all images of the stage that are under way
wait for one; what comes meanwhile is the next call's. Logins are in a file that skopeo finds by its
environment.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.errors import CopyError, RelayError, RepoSyncError
from reposync.external.authfile import authfile, secrets
from reposync.external.certificates import certificate_directory, has_files
from reposync.external.dregsy_file import bare_host, document, order, preserving
from reposync.external.dregsy_log import ENVIRON, DregsyLog
from reposync.external.failures import Complaint, failure
from reposync.external.private import folder_in, write_private
from reposync.external.said import complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reposync.credentials import Credentials
    from reposync.external.dregsy_file import Errand, Order
    from reposync.external.programs import Programs
    from reposync.external.shipment import End, Shipment, Target
    from reposync.trust import Trust

NAME = "dregsy"
OPERATION = f"copy by {NAME}"

Results = tuple["CopyError | None", ...]


class Tools(Struct, frozen=True):
    """Where dregsy is, and the skopeo that it calls."""

    dregsy: str
    skopeo: str


class _Waiting(Struct, eq=False):
    """A shipment, and what became of it at each of its targets."""

    shipment: Shipment
    results: asyncio.Future[Results]
    known: dict[Target, CopyError | None] = field(default_factory=dict)

    def note(self, target: Target, result: CopyError | None) -> None:
        """Take down how it ended at *target*; whoever waits goes on when that was the last."""
        self.known.setdefault(target, result)
        if len(self.known) == len(self.shipment.targets) and not self.results.done():
            self.results.set_result(tuple(self.known[each] for each in self.shipment.targets))


class DregsyCopier(Struct):
    """Moves the images of one stage by dregsy, one call at a time; its calls are tasks of *group*.

    Its files are in *directory*, a private one.
    """

    programs: Programs
    tools: Tools
    directory: Path
    group: asyncio.TaskGroup
    _pending: list[_Waiting] = field(default_factory=list)
    _under_way: int = field(default=0)
    _is_running: bool = field(default=False)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Report that an image is being looked at, and may have to be brought."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._begin_if_due()

    async def bring(self, shipment: Shipment) -> Results:
        """Bring an image to its targets; tell of each what failed, None for nothing known."""
        waiting = _Waiting(shipment, asyncio.get_running_loop().create_future())
        self._pending.append(waiting)
        self._begin_if_due()
        return await waiting.results

    def _begin_if_due(self) -> None:
        """Begin a call, unless there is one, or another image may still join it."""
        if self._pending and not self._is_running and self._under_way <= len(self._pending):
            batch, self._pending = self._pending, []
            self._is_running = True
            self.group.create_task(self._run([each for each in batch if not each.results.done()]))

    async def _run(self, batch: Sequence[_Waiting]) -> None:
        try:
            await _Call(self, batch).make()
        except RepoSyncError as error:
            _note_all(batch, CopyError(OPERATION, "destination", error))
        finally:
            self._is_running = False
            for each in batch:
                each.results.cancel()
        self._begin_if_due()


def _note_all(batch: Iterable[_Waiting], result: CopyError | None) -> None:
    for waiting in batch:
        for target in waiting.shipment.targets:
            waiting.note(target, result)


class _Call:
    """One call of dregsy for a *batch*."""

    def __init__(self, relay: DregsyCopier, batch: Sequence[_Waiting]) -> None:
        self._relay = relay
        self._batch = batch
        self._by_shipment = {id(each.shipment): each for each in batch}
        self._order: Order = order(each.shipment for each in batch)
        self._hidden: list[str] = []

    async def make(self) -> None:
        """Make it, and tell everybody who waits how it ended.

        Raises:
            RepoSyncError: It could not be made at all.
        """
        relay, log = self._relay, DregsyLog(self._ended)
        logins = await self._logins()
        self._hidden = [each for login in logins.values() for each in secrets(login)]
        with folder_in(relay.directory) as folder:
            certificates = folder / "certificates"
            for host, trust in _trusts(self._ends()).items():
                certificate_directory(trust, certificates / host)
            skopeo = write_private(folder / "skopeo", preserving(relay.tools.skopeo), 0o700)
            written = document(self._order.tasks, str(skopeo), str(certificates))
            file = write_private(folder / "dregsy.yml", json.dumps(written, indent=1).encode())
            auth = write_private(folder / "auth.json", authfile(logins))
            ended = await relay.programs.run(
                [relay.tools.dregsy, f"-config={file}"],
                {**ENVIRON, "REGISTRY_AUTH_FILE": str(auth)},
                log.observe,
            )
        log.end()
        said = complaint(log.wrong or ended.lines, self._hidden)
        _note_all(self._batch, _doubt(said, ended.code) if ended.code else None)

    def _ended(self, errand: Errand, lines: tuple[str, ...]) -> None:
        """Hear that *errand* has ended; *lines* are what was said where it failed."""
        destination_rule = self._order.errands.get(errand)
        if destination_rule is None:
            return
        shipment, target = destination_rule
        said = Complaint(NAME, complaint(lines, self._hidden), 1)
        result = failure(said, shipment, target) if lines else None
        self._by_shipment[id(shipment)].note(target, result)

    async def _logins(self) -> dict[str, Credentials | None]:
        """Return the logins by repository: one host may be reached by several accounts."""
        return {
            end.repository.name: await end.access.logins.credentials(end.path)
            for end in self._ends()
        }

    def _ends(self) -> list[End]:
        shipments = [each.shipment for each in self._batch]
        return list(
            dict.fromkeys(
                end
                for shipment in shipments
                for end in (shipment.source, *(target.end for target in shipment.targets))
            )
        )


def _trusts(ends: Iterable[End]) -> dict[str, Trust]:
    """Return the certificates by host.

    Raises:
        RelayError: Two registries of one host have different ones.
    """
    found: dict[str, Trust] = {}
    for end in ends:
        host, trust = bare_host(end.host), end.access.trust
        if not has_files(trust):
            continue
        files = found.setdefault(host, trust)
        if (files.authorities, files.pairs) != (trust.authorities, trust.pairs):
            raise RelayError(
                f"{NAME} can have one set of certificates alone for all ports of {host}",
                hint="use relay: skopeo",
            )
    return found


def _doubt(said: str, code: int) -> CopyError:
    told = said or f"nothing, with exit code {code}"
    return CopyError(OPERATION, "destination", RelayError(f"{NAME} says: {told}"))
