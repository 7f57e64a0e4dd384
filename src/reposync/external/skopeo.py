"""skopeo: one call of ``skopeo copy --all --preserve-digests`` for an image at a destination.

The image is named by its digest, so that a tag which moves meanwhile changes nothing. Logins are in
a file for each side, written for the call and removed behind it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.errors import CopyError, NotFoundError, RepoSyncError, UnauthorizedError
from reposync.external.authfile import authfile, secrets
from reposync.external.certificates import certificate_directory, has_files
from reposync.external.failures import Complaint, failure
from reposync.external.private import folder_in, write_private
from reposync.external.said import complaint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reposync.credentials import Credentials
    from reposync.errors import Side
    from reposync.external.programs import Programs
    from reposync.external.shipment import Access, End, Shipment, Target
    from reposync.retry import Retrier

NAME = "skopeo"
OPERATION = f"copy by {NAME}"
_HOW = ("--all", "--preserve-digests", "--quiet")
_FLAGS: Mapping[Side, str] = {"source": "src", "destination": "dest"}


class SkopeoCopier(Struct):
    """Moves images by skopeo, which is at *path*; its files are in *directory*, a private one.

    *retrier* says how often what failed for the moment is tried again.
    """

    programs: Programs
    path: str
    directory: Path
    retrier: Retrier
    _certificates: dict[Access, Path] = field(default_factory=dict)

    async def bring(self, shipment: Shipment) -> tuple[CopyError | None, ...]:
        """Bring an image to its targets; tell of each what failed, None for nothing.

        When cancelled, its calls are ended and their files are gone.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._bring(shipment, each)) for each in shipment.targets]
        return tuple(task.result() for task in tasks)

    async def _bring(self, shipment: Shipment, target: Target) -> CopyError | None:
        attempt = _Attempt(self, shipment, target)
        try:
            await self.retrier.run(attempt.once, f"{NAME} to {target.end.repository}")
        except RepoSyncError as error:
            return CopyError(OPERATION, attempt.side, error)
        return None

    def certificates(self, access: Access) -> Path | None:
        """Return the directory of a registry's certificates; None where none are its own."""
        if not has_files(access.trust):
            return None
        if access not in self._certificates:
            path = self.directory / f"certificates-{len(self._certificates)}"
            self._certificates[access] = certificate_directory(access.trust, path)
        return self._certificates[access]


class _Attempt(Struct):
    """One image to one target, tried until it is there or there is no sense in trying.

    ``side`` is where it failed last; ``logins`` who we said to be on each.
    """

    relay: SkopeoCopier
    shipment: Shipment
    target: Target
    side: Side = "source"
    logins: dict[Side, Credentials | None] = field(default_factory=dict)

    async def once(self) -> None:
        """Call skopeo, and once more where what it lacked can be had.

        Raises:
            RepoSyncError: It failed; ``side`` tells where.
        """
        try:
            await self._call()
        except (UnauthorizedError, NotFoundError) as error:
            if not await self._is_mended(error):
                raise
            await self._call()

    async def _is_mended(self, error: RepoSyncError) -> bool:
        """Renew a login that was refused, or make a repository that is missing."""
        end = self._ends[self.side]
        if isinstance(error, UnauthorizedError):
            login = self.logins[self.side]
            return login is not None and await end.access.logins.refused(login)
        if self.side == "source" or end.access.creator is None:
            return False
        await end.access.creator.create(end.path)
        return True

    @property
    def _ends(self) -> dict[Side, End]:
        return {"source": self.shipment.source, "destination": self.target.end}

    async def _call(self) -> None:
        with folder_in(self.relay.directory) as folder:
            options = [
                option
                for side, end in self._ends.items()
                for option in await self._reaching(side, end, folder)
            ]
            command = [self.relay.path, "--insecure-policy", "copy", *_HOW, *options]
            ended = await self.relay.programs.run([*command, *self._images()])
        if ended.code:
            hidden = [each for login in self.logins.values() for each in secrets(login)]
            raise self._failed(ended.code, complaint(ended.lines, hidden))

    def _images(self) -> list[str]:
        source = self.shipment.source.repository.naming(self.shipment.digest)
        name = self.target.tag or self.shipment.digest
        return [f"docker://{source}", f"docker://{self.target.end.repository.naming(name)}"]

    async def _reaching(self, side: Side, end: End, folder: Path) -> list[str]:
        """Return the options of one side; its login is written into *folder*."""
        self.side = side
        login = await end.access.logins.credentials(end.path)
        self.logins[side] = login
        file = write_private(folder / side, authfile({end.host: login}))
        flag, certificates = _FLAGS[side], self.relay.certificates(end.access)
        return [
            f"--{flag}-tls-verify={'true' if end.access.trust.verify else 'false'}",
            f"--{flag}-authfile={file}",
            *([f"--{flag}-cert-dir={certificates}"] if certificates else []),
        ]

    def _failed(self, code: int, said: str) -> RepoSyncError:
        error = failure(Complaint(NAME, said, code), self.shipment, self.target)
        self.side = error.side
        if isinstance(error.cause, UnauthorizedError):
            error.cause.hint = _advice(self.logins[self.side])
        return error.cause


def _advice(login: Credentials | None) -> str:
    if login is None:
        return "it wants a login, and the file names none"
    return f"check the login from {login.origin}" if login.origin else "check the login"
