"""Deletion: what the registry deletes, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.doctor.fields import Deletion
from reposync.doctor.findings import Finding
from reposync.errors import RepoSyncError, UnsupportedError
from reposync.registry.blobs import download

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from reposync.doctor.trial import Trial

DELETIONS = ("delete", "delete_blob")


async def delete(trial: Trial) -> Finding:
    """Delete one of the image's two tags, then the image by its digest."""
    tag, by_tag = await _outcome(trial, _delete_tag(trial))
    digest, by_digest = await _outcome(trial, _delete_image(trial))
    words = {True: "yes", False: "no", None: "unknown"}
    text = f"by tag {words[tag]}, by digest {words[digest]}"
    value = None if tag is None and digest is None else Deletion(tag, digest)
    how = by_tag if by_tag == by_digest else f"tag: {by_tag}; digest: {by_digest}"
    return Finding("delete", value, how, text)


async def _delete_tag(trial: Trial) -> tuple[bool, str]:
    repository = trial.scratch.repository
    await repository.delete_tag(trial.tags[0])
    how = _shortened(trial)
    if await repository.resolve(trial.tags[0]) is not None:
        return False, f"{how}, and the tag is still there"
    if await repository.resolve(trial.tags[1]) is None:
        return False, f"{how}, which deleted the image with all its tags"
    return True, how


async def _delete_image(trial: Trial) -> tuple[bool, str]:
    repository, digest = trial.scratch.repository, trial.contents.image.digest
    await repository.delete_manifest(digest)
    how = _shortened(trial)
    if await repository.resolve(digest) is not None:
        return False, f"{how}, and the manifest is still there"
    trial.scratch.drop_manifest(digest)
    if await repository.resolve(trial.tags[1]) is not None:
        return True, f"{how}; a tag that named it is still there"
    return True, how


async def delete_blob(trial: Trial) -> Finding:
    """Delete the layer."""
    value, how = await _outcome(trial, _delete_layer(trial))
    return Finding("delete_blob", value, how)


async def _delete_layer(trial: Trial) -> tuple[bool, str]:
    subject, scratch, layer = trial.subject, trial.scratch, trial.contents.layer.descriptor
    await scratch.repository.delete_blob(layer.digest)
    how = _shortened(trial)
    if await download.exists(subject.client, subject.scope(scratch.name), layer):
        return False, f"{how}, and the blob is still there"
    scratch.drop_blob(layer.digest)
    return True, how


async def _outcome(trial: Trial, deletion: Awaitable[tuple[bool, str]]) -> tuple[bool | None, str]:
    """Return whether *deletion* did what it should, and how that was seen."""
    try:
        return await deletion
    except UnsupportedError:
        return False, _shortened(trial)
    except RepoSyncError as error:
        return None, str(error)


def _shortened(trial: Trial) -> str:
    """Return the last observation in words, without the name of what was deleted."""
    last = trial.subject.log.last
    return f"{last.method} answered {last.status_text}" if last is not None else ""
