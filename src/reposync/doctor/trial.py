"""A trial of writing: a registry, a scratch repository in it, and what is put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from reposync.doctor.contents import Contents
    from reposync.doctor.scratch import Scratch
    from reposync.doctor.subject import Subject


class Trial(Struct, frozen=True):
    """The registry, the repository to write to, what to put there, and two tags for its image."""

    subject: Subject
    scratch: Scratch
    contents: Contents
    tags: tuple[str, str]
