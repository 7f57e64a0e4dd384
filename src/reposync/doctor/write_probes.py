"""Writing: what only pushes and deletions in a scratch repository can show."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from reposync.doctor import deletion_probes, manifest_probes, upload_probes
from reposync.doctor.contents import contents
from reposync.doctor.deletion_probes import DELETIONS
from reposync.doctor.findings import Finding, all_unknown
from reposync.doctor.manifest_probes import MANIFESTS
from reposync.doctor.read_probes import ask_repository
from reposync.doctor.scratch import Scratch
from reposync.doctor.trial import Trial
from reposync.doctor.upload_probes import UPLOADS
from reposync.errors import RepoSyncError

if TYPE_CHECKING:
    from reposync.doctor.scratch import Cleaned
    from reposync.doctor.subject import Subject

_log = logging.getLogger(__name__)
WRITTEN = (*UPLOADS, *MANIFESTS, *DELETIONS, "left_behind")
"""The fields that are unknown without a scratch repository."""


async def try_writing(subject: Subject, name: str, nonce: str) -> list[Finding]:
    """Push to the repository *name* what is of *nonce* alone, look at it, and delete it again.

    Cancelled, it cleans up all the same, within a minute.
    """
    scratch = Scratch(subject, name)
    trial = Trial(subject, scratch, contents(nonce), (f"doctor-{nonce}-a", f"doctor-{nonce}-b"))
    try:
        findings = await _tried(trial)
    except BaseException:
        left = _left(await scratch.clean())
        _log.warning("left behind at %s: %s", subject.client.host, left.text)
        raise
    return [*findings, _left(await scratch.clean())]


async def _tried(trial: Trial) -> list[Finding]:
    subject, scratch = trial.subject, trial.scratch
    try:
        whole = await upload_probes.whole_blob(trial)
        await scratch.push_blob(trial.contents.config)
    except RepoSyncError as error:
        refused = all_unknown((*UPLOADS, *MANIFESTS, *DELETIONS), str(error))
        return [*refused, *await ask_repository(subject, subject.repository)]
    uploaded = [whole, *await upload_probes.chunked(trial), await upload_probes.large(trial)]
    uploaded.append(await upload_probes.mount(trial))
    try:
        for tag in trial.tags:
            await scratch.push_manifest(trial.contents.image, tag)
    except RepoSyncError as error:
        refused = all_unknown((*MANIFESTS, *DELETIONS), str(error))
        return [*uploaded, *refused, *await ask_repository(subject, subject.repository)]
    asked = await ask_repository(subject, subject.repository or scratch.name)
    # What a push showed of the referrers API takes the place of what a request showed.
    by_name = {each.name: each for each in [*asked, *await manifest_probes.referrers(trial)]}
    return [*uploaded, *by_name.values(), *await _pushed_and_deleted(trial)]


async def _pushed_and_deleted(trial: Trial) -> list[Finding]:
    lacking = trial.contents
    return [
        await manifest_probes.refuses(trial, "refuses_missing_blobs", lacking.lacks_blob),
        await manifest_probes.refuses(trial, "refuses_missing_manifests", lacking.lacks_child),
        await deletion_probes.delete(trial),
        await deletion_probes.delete_blob(trial),
    ]


def _left(cleaned: Cleaned) -> Finding:
    blobs = len(cleaned.blobs)
    counted = [f"{blobs} {'blob' if blobs == 1 else 'blobs'}"] if blobs else []
    text = ", ".join([*cleaned.names, *counted])
    if not text:
        return Finding("left_behind", (), "what was pushed was deleted again", "nothing")
    return Finding("left_behind", (*cleaned.names, *cleaned.blobs), cleaned.why, text)
