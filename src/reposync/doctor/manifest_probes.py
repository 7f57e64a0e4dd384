"""Manifests: which ones the registry takes, and where it lists a referrer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.doctor.findings import Finding, no, unknown, yes
from reposync.errors import RegistryError, RepoSyncError
from reposync.oci.referrers import fallback_tag
from reposync.registry.referrers.listing import list_by_api

if TYPE_CHECKING:
    from reposync.doctor.subject import Subject
    from reposync.doctor.trial import Trial
    from reposync.oci.manifest import Manifest

_REFUSALS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
)
MANIFESTS = ("referrers_fallback", "refuses_missing_blobs", "refuses_missing_manifests")


async def referrers(trial: Trial) -> list[Finding]:
    """Push a referrer of the image, and see where it is listed."""
    subject, scratch, image = trial.subject, trial.scratch, trial.contents.image
    try:
        await scratch.push_manifest(trial.contents.referrer)
        listed = await list_by_api(subject.client, subject.scope(scratch.name), image.digest)
        if listed is not None:
            api = yes("referrers_api", f"{subject.log.last_answer()}, after a referrer was pushed")
            return [api, unknown("referrers_fallback", "the registry lists referrers itself")]
        api = _without_api(subject)
        tag = fallback_tag(image.digest)
        index = await scratch.repository.resolve(tag)
    except RepoSyncError as error:
        return [unknown("referrers_fallback", str(error))]
    if index is not None:
        scratch.note_manifest(index.digest, tag)
    how = subject.log.last_answer()
    return [api, Finding("referrers_fallback", index is not None, how)]


def _without_api(subject: Subject) -> Finding:
    """Return the finding that there is no API, by the request that showed it."""
    asked = [each for each in subject.log if "/referrers/" in each.url]
    return no("referrers_api", asked[-1].answered if asked else "")


async def refuses(trial: Trial, name: str, manifest: Manifest) -> Finding:
    """Push a manifest that lacks a part."""
    try:
        await trial.scratch.push_manifest(manifest)
    except RegistryError as error:
        is_refused = error.status in _REFUSALS
        return Finding(name, is_refused or None, str(error), "refused" if is_refused else "")
    except RepoSyncError as error:
        return unknown(name, str(error))
    return no(name, "a manifest that needs one was accepted", "accepted")
