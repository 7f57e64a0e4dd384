"""The trial of mounts from the own repository: what one client knows of it so far.

State alone; when it is made, and what it means, is ``blobs.mount_probe``'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.oci.descriptor import Descriptor
    from reposync.registry.auth.tokens import Scope


class MountTrial:
    """How many blobs were looked for, one that is there, and how far the trial with it is.

    ``until_s`` is the moment of the loop's clock until which others wait for it, 0 before any does.
    """

    def __init__(self) -> None:
        self.looked_for = 0
        self.until_s = 0.0
        self.sample: tuple[Scope, Descriptor] | None = None
        self.has_sample = asyncio.Event()
        self.is_begun = False
        self.is_over = asyncio.Event()

    def note_blob(self, scope: Scope, blob: Descriptor) -> None:
        """Record a blob that the repository has by now."""
        if self.sample is None:
            self.sample = scope, blob
            self.has_sample.set()
