"""dregsy: one call for all images of a stage that are being copied at a time, by skopeo.

It copies one tag after the other. So a call starts when all images of the stage that are in
progress wait for one; images that arrive during a call go into the next. Logins are in a file that
skopeo finds through its environment.
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
from reposync.external.dregsy_file import bare_host, document, preserving, task_list
from reposync.external.dregsy_log import ENVIRON, DregsyLog
from reposync.external.failures import ProgramFailure, failure, reported_error
from reposync.external.private import folder_in, write_private
from reposync.external.program_output import last_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reposync.credentials import Credentials
    from reposync.external.dregsy_file import TagCopy, TaskList
    from reposync.external.programs import Programs
    from reposync.external.shipment import End, Shipment, Target
    from reposync.trust import Trust

NAME = "dregsy"
OPERATION = f"copy by {NAME}"

Results = tuple["CopyError | None", ...]


class Tools(Struct, frozen=True):
    """The paths of dregsy and of the skopeo that it calls."""

    dregsy: str
    skopeo: str


class _Waiting(Struct, eq=False):
    """A shipment, and its result at each of its targets."""

    shipment: Shipment
    results: asyncio.Future[Results]
    known: dict[Target, CopyError | None] = field(default_factory=dict)

    def note(self, target: Target, result: CopyError | None) -> None:
        """Record the result at *target*; the last one completes ``results``."""
        self.known.setdefault(target, result)
        if len(self.known) == len(self.shipment.targets) and not self.results.done():
            self.results.set_result(tuple(self.known[each] for each in self.shipment.targets))


class DregsyCopier(Struct):
    """Copies the images of one stage with dregsy, one call at a time, each a task of *group*.

    Its files are in *directory*, which must be private.
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
        """Count an image that is being compared and may have to be copied."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._begin_if_due()

    async def bring(self, shipment: Shipment) -> Results:
        """Copy an image to its targets; return the error at each, None if none is known."""
        waiting = _Waiting(shipment, asyncio.get_running_loop().create_future())
        self._pending.append(waiting)
        self._begin_if_due()
        return await waiting.results

    def _begin_if_due(self) -> None:
        """Start a call, unless one is running or another image may still join."""
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

    def __init__(self, copier: DregsyCopier, batch: Sequence[_Waiting]) -> None:
        self._copier = copier
        self._batch = batch
        self._by_shipment = {id(each.shipment): each for each in batch}
        self._task_list: TaskList = task_list(each.shipment for each in batch)
        self._hidden: list[str] = []

    async def make(self) -> None:
        """Run dregsy, and set the result of each shipment that waits.

        Raises:
            RepoSyncError: dregsy could not be run.
        """
        copier, log = self._copier, DregsyLog(self._ended)
        logins = await self._logins()
        self._hidden = [each for login in logins.values() for each in secrets(login)]
        with folder_in(copier.directory) as folder:
            certificates = folder / "certificates"
            for host, trust in _trusts(self._ends()).items():
                certificate_directory(trust, certificates / host)
            skopeo = write_private(folder / "skopeo", preserving(copier.tools.skopeo), 0o700)
            written = document(self._task_list.tasks, str(skopeo), str(certificates))
            file = write_private(folder / "dregsy.yml", json.dumps(written, indent=1).encode())
            auth = write_private(folder / "auth.json", authfile(logins))
            ended = await copier.programs.run(
                [copier.tools.dregsy, f"-config={file}"],
                {**ENVIRON, "REGISTRY_AUTH_FILE": str(auth)},
                log.observe,
            )
        log.end()
        reported = last_error(log.wrong or ended.lines, self._hidden)
        _note_all(self._batch, _unknown_failure(reported, ended.code) if ended.code else None)

    def _ended(self, tag_copy: TagCopy, lines: tuple[str, ...]) -> None:
        """Record the end of *tag_copy*; *lines* are the output if it failed."""
        pair = self._task_list.tag_copies.get(tag_copy)
        if pair is None:
            return
        shipment, target = pair
        reported = ProgramFailure(NAME, last_error(lines, self._hidden), 1)
        result = failure(reported, shipment, target) if lines else None
        self._by_shipment[id(shipment)].note(target, result)

    async def _logins(self) -> dict[str, Credentials | None]:
        """Return the logins by repository, as one host may have several accounts."""
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
        RelayError: Two registries of one host have different certificates.
    """
    found: dict[str, Trust] = {}
    for end in ends:
        host, trust = bare_host(end.host), end.access.trust
        if not has_files(trust):
            continue
        files = found.setdefault(host, trust)
        if (files.authorities, files.pairs) != (trust.authorities, trust.pairs):
            raise RelayError(
                f"{NAME} can use only one set of certificates for all ports of {host}",
                hint="use relay: skopeo",
            )
    return found


def _unknown_failure(reported: str, code: int) -> CopyError:
    cause = RelayError(f"{NAME} {reported_error(reported, code)}")
    return CopyError(OPERATION, "destination", cause)
