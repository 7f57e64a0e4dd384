"""dregsy: tasks of a source, a target and mappings between them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING

from reposync.config.finding import quoted
from reposync.credentials import Credentials
from reposync.peers.draft import Access, Rule, Stage
from reposync.peers.dregsy_names import mapping_names
from reposync.peers.dregsy_tags import tag_lines
from reposync.peers.losses import RefusalError, refusal, together
from reposync.peers.places import host_of
from reposync.peers.platforms import platform_options, read_machine, tell_referrers

if TYPE_CHECKING:
    from reposync.peers.at import At
    from reposync.peers.choice import Import

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
_OF_PLACE = {
    "auth-refresh": "ECR's passwords live for 12 hours: give each run a new one, by "
    "`aws ecr get-login-password`",
    "lister": "the registry's own list of repositories counts, /v2/_catalog",
}
_OF_MAPPING = {
    "digests": "write each digest into `tags`, as `sha256:...`",
    "preserve-digests": "digests are always kept, unless `platforms` leaves some out",
}
_OF_SKOPEO = {"certs-dir": "put them into certs.d, or name them by `ca_file` and its kin"}
_GOOGLE = ("gcr.io", "pkg.dev")


def read(root: At, job: Import) -> None:
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


def _read_task(task: At, job: Import) -> None:
    job.losses.left_out(task, {"name", "source", "target", "mappings"}, _OF_TASK)
    source, target = _access(task.get("source"), job), _access(task.get("target"), job)
    notes = (f"task {task.get('name').text()}",)
    for mapping in task.get("mappings").items():
        try:
            _read_mapping(mapping, (source, target), notes, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_mapping(
    mapping: At, sides: tuple[Access, Access], notes: tuple[str, ...], job: Import
) -> None:
    source, target = sides
    known = {"from", "to", "tags", "platform"}
    job.losses.left_out(mapping, known, _OF_MAPPING)
    names, lines = together(
        lambda: mapping_names(mapping, sides, job), lambda: tag_lines(mapping.get("tags"), job)
    )
    options = platform_options(mapping.get("platform"), job)
    for name in names:
        rule = Rule(job.draft.registry(target), name.template, tuple(lines), options)
        key = job.draft.registry(source)
        stage = Stage(key, name.repository, (rule,), name.exclude, notes, mapping.path)
        job.draft.add(stage)


def _access(place: At, job: Import) -> Access:
    """Read a source or target.

    Raises:
        RefusalError: It names no registry, or an ``auth`` that is none.
    """
    job.losses.left_out(place, {"registry", "auth", "skip-tls-verify"}, _OF_PLACE)
    at = place.get("registry")
    if "@" in at.text():
        raise refusal(at.path, "holds more than a registry's host", "write the host alone")
    host, auth = host_of(at), place.get("auth").text()
    if not auth and host.partition(":")[0].endswith(_GOOGLE):
        told = "dregsy logs in here by the identity that it finds in Google's cloud"
        job.losses.lose(at.path, told, "name `env_user` and `env_password` for this registry")
    login = _login(place.get("auth")) if auth not in {"", "none"} else None
    skips = bool(place.get("skip-tls-verify").flag())
    return Access(host, login, skip_tls_verify=skips, where=(*place.path, "auth"))


def _login(at: At) -> Credentials:
    try:
        decoded = base64.b64decode(at.text(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
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
