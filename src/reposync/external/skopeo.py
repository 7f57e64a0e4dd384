"""skopeo: one call of ``skopeo copy --all --preserve-digests`` for an image at a destination.

The image is named by its digest, so a tag that moves during the copy changes nothing. Logins are in
a file for each side, written for the call and removed after it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct, field

from reposync.errors import CopyError, NotFoundError, RepoSyncError, UnauthorizedError
from reposync.external.authfile import authfile, secrets
from reposync.external.certificates import certificate_directory, has_files
from reposync.external.failures import ProgramFailure, failure
from reposync.external.private import folder_in, write_private
from reposync.external.program_output import last_error

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
    """Copies images with skopeo, which is at *path*; its files are in *directory*, a private one.

    *retrier* decides about retries.
    """

    programs: Programs
    path: str
    directory: Path
    retrier: Retrier
    _certificates: dict[Access, Path] = field(default_factory=dict)

    async def bring(self, shipment: Shipment) -> tuple[CopyError | None, ...]:
        """Copy an image to its targets; return the error at each, None for success.

        On cancellation its programs are stopped and their files removed.
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
        """Return the directory of a registry's certificates; None if it has none of its own."""
        if not has_files(access.trust):
            return None
        if access not in self._certificates:
            path = self.directory / f"certificates-{len(self._certificates)}"
            self._certificates[access] = certificate_directory(access.trust, path)
        return self._certificates[access]


class _Attempt(Struct):
    """The copy of one image to one target, over all tries.

    ``side`` is the side that failed last; ``logins`` are the credentials used on each side.
    """

    copier: SkopeoCopier
    shipment: Shipment
    target: Target
    side: Side = "source"
    logins: dict[Side, Credentials | None] = field(default_factory=dict)

    async def once(self) -> None:
        """Run skopeo, and once more if a login was renewed or a repository created.

        Raises:
            RepoSyncError: It failed; ``side`` is the side.
        """
        try:
            await self._call()
        except (UnauthorizedError, NotFoundError) as error:
            if not await self._is_repaired(error):
                raise
            await self._call()

    async def _is_repaired(self, error: RepoSyncError) -> bool:
        """Renew a refused login, or create a missing repository; return whether it could."""
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
        with folder_in(self.copier.directory) as folder:
            options = [
                option
                for side, end in self._ends.items()
                for option in await self._side_options(side, end, folder)
            ]
            command = [self.copier.path, "--insecure-policy", "copy", *_HOW, *options]
            ended = await self.copier.programs.run([*command, *self._images()])
        if ended.code:
            hidden = [each for login in self.logins.values() for each in secrets(login)]
            raise self._failed(ended.code, last_error(ended.lines, hidden))

    def _images(self) -> list[str]:
        source = self.shipment.source.repository.naming(self.shipment.digest)
        name = self.target.tag or self.shipment.digest
        return [f"docker://{source}", f"docker://{self.target.end.repository.naming(name)}"]

    async def _side_options(self, side: Side, end: End, folder: Path) -> list[str]:
        """Return the options for one side, and write its login into *folder*."""
        self.side = side
        login = await end.access.logins.credentials(end.path)
        self.logins[side] = login
        file = write_private(folder / side, authfile({end.host: login}))
        flag, certificates = _FLAGS[side], self.copier.certificates(end.access)
        return [
            f"--{flag}-tls-verify={'true' if end.access.trust.verify else 'false'}",
            f"--{flag}-authfile={file}",
            *([f"--{flag}-cert-dir={certificates}"] if certificates else []),
        ]

    def _failed(self, code: int, reported: str) -> RepoSyncError:
        error = failure(ProgramFailure(NAME, reported, code), self.shipment, self.target)
        self.side = error.side
        if isinstance(error.cause, UnauthorizedError):
            error.cause.hint = _login_hint(self.logins[self.side])
        return error.cause


def _login_hint(login: Credentials | None) -> str:
    if login is None:
        return "the registry requires a login, and none is configured"
    return f"check the login from {login.origin}" if login.origin else "check the login"
