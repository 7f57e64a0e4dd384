"""dregsy: tasks of a source, a target and mappings between them."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.credentials import Credentials
from reposync.interop.draft import Access, Rule, Stage
from reposync.interop.dregsy_names import mapping_names
from reposync.interop.dregsy_tags import tag_lines
from reposync.interop.losses import run_all
from reposync.interop.places import host_of
from reposync.interop.platforms import platform_options, read_machine, tell_referrers
from reposync.interop.refusals import RefusalError, refusal
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_AT_ALL = {
    "watch": "start run-reposync again when the file changes",
    "docker": "reposync needs no docker engine",
    "dockerhost": "reposync needs no docker engine",
    "api-version": "reposync needs no docker engine",
    "lister": "all repositories that a source lists count, and they are listed anew in each run",
}
_OF_TASK = {
    "interval": "let a timer, a CronJob or the like start run-reposync",
    "verbose": "call with --log-level debug where more is to be told",
}
_OF_PLACE = {"lister": "the registry's own list of repositories counts, /v2/_catalog"}
_OF_MAPPING = {
    "digests": "write each digest into `tags`, as `sha256:...`",
    "preserve-digests": "digests are always kept, unless `platforms` leaves some out",
}
_OF_SKOPEO = {"certs-dir": "put them into certs.d, or name them by `ca_file` and its kin"}
_GOOGLE = re.compile(r"(?:.*[.])?gcr[.]io|.*docker[.]pkg[.]dev")
_ECR = re.compile(r"[0-9]+[.]dkr[.]ecr[.][a-z0-9-]+[.]amazonaws[.]com(?:[.]cn)?")
_CREATED = (("create_repositories", True),)


def read(root: NodeCursor, job: Import) -> None:
    """Read a whole file."""
    job.losses.left_out(root, {"relay", "skopeo", "tasks"}, _AT_ALL)
    job.losses.left_out(root.get("skopeo"), {"binary"}, _OF_SKOPEO)
    read_machine(job)
    tell_referrers(job)
    for task in root.get("tasks").items():
        try:
            _read_task(task, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_task(task: NodeCursor, job: Import) -> None:
    job.losses.left_out(task, {"name", "source", "target", "mappings"}, _OF_TASK)
    source, target = _access(task.get("source"), job), _access(task.get("target"), job)
    if _ECR.fullmatch(target.host):
        target = replace(target, extras=(*target.extras, *_CREATED))
    notes = (f"task {task.get('name').text()}",)
    for mapping in task.get("mappings").items():
        try:
            _read_mapping(mapping, (source, target), notes, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_mapping(
    mapping: NodeCursor, sides: tuple[Access, Access], notes: tuple[str, ...], job: Import
) -> None:
    source, target = sides
    known = {"from", "to", "tags", "platform"}
    job.losses.left_out(mapping, known, _OF_MAPPING)
    names, lines = run_all(
        lambda: mapping_names(mapping, sides, job), lambda: tag_lines(mapping.get("tags"), job)
    )
    options = platform_options(mapping.get("platform"), job)
    key = job.draft.registry(source)
    for name in names:
        rule = Rule(job.draft.registry(target), name.template, tuple(lines), options)
        stage = Stage(key, name.repository, (rule,), name.exclude, notes, mapping.path)
        job.draft.add(stage)


def _access(place: NodeCursor, job: Import) -> Access:
    """Read a source or target.

    Raises:
        RefusalError: It names no registry, or an ``auth`` that is none.
    """
    known = {"registry", "auth", "auth-refresh", "skip-tls-verify"}
    job.losses.left_out(place, known, _OF_PLACE)
    at = place.get("registry")
    if "@" in at.text():
        raise refusal(at.path, "holds more than a registry's host", "write the host alone")
    host, auth = host_of(at), place.get("auth")
    kind = _kind(host, auth.text(), refreshes=bool(place.get("auth-refresh")))
    login = _login(auth) if auth.text() not in {"", "none"} and kind is None else None
    skips = bool(place.get("skip-tls-verify").flag())
    extras = (("credentials", kind),) if kind else ()
    return Access(host, login, skip_tls_verify=skips, extras=extras, where=auth.path)


def _kind(host: str, auth: str, *, refreshes: bool) -> str | None:
    """Return which cloud's identity dregsy logs in by; "none" where it is told to use none."""
    if refreshes:
        return "ecr"
    if not _GOOGLE.fullmatch(host):
        return None
    return {"": "gcr", "none": "none"}.get(auth)


def _login(at: NodeCursor) -> Credentials:
    try:
        decoded = base64.b64decode(at.text(), validate=True).decode()
    except ValueError:
        raise refusal(at.path, "is not what dregsy reads: base64 of JSON") from None
    try:
        fields = json.loads(decoded)
        return Credentials(str(fields["username"]), str(fields["password"]))
    except (ValueError, KeyError, TypeError):
        user, colon, password = decoded.strip().partition(":")
    if not colon:
        raise refusal(
            at.path, f"holds neither {quoted('username')} and {quoted('password')} nor a user"
        )
    return Credentials(user, password)
