"""What uploads and mounts need of a registry's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.call import Call
    from reposync.registry.capabilities import RegistryCapabilities
    from reposync.registry.host_state import HostState
    from reposync.registry.mount_trial import MountTrial
    from reposync.registry.open_upload import Upload
    from reposync.retry import Attempts


class UploadClient(Protocol):
    """Sends the requests of transfers, and keeps the uploads that wait for their bytes."""

    state: HostState
    open_uploads: dict[tuple[str, Digest], Upload]
    mount_trial: MountTrial

    @property
    def known(self) -> RegistryCapabilities:
        """What is known of the registry by now."""
        ...

    @property
    def quickest_s(self) -> float:
        """How long an answer takes when the host has nothing else to do; infinite before any."""
        ...

    async def ask_single(self, call: Call) -> BufferedResponse:
        """Send *call* a single time; see ``RegistryClient.ask_single``."""
        ...

    async def ask_once(self, call: Call) -> BufferedResponse:
        """Send *call* a single time, ahead of others; see ``RegistryClient.ask_once``."""
        ...

    def attempts(self, name: str) -> Attempts:
        """Begin to count the tries of an operation."""
        ...
