"""skopeo sync: registries with repositories; their destination was on its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop import lines
from reposync.interop.draft import Access, Line, Rule, Stage
from reposync.interop.expressions import Sieve, takes_digest_tags
from reposync.interop.losses import gathered
from reposync.interop.places import Name, reference_of, repository_of
from reposync.interop.platforms import read_machine, tell_machine, tell_referrers
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.secrets import literal
from reposync.interop.versions import masterminds
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_IMAGES, _REGEX, _SEMVER = "images", "images-by-tag-regex", "images-by-semver"
_KNOWN = {_IMAGES, _REGEX, _SEMVER, "credentials", "tls-verify"}
_REASONS = {"cert-dir": "name its files by `ca_file`, `client_cert_file` and `client_key_file`"}
_NO_DESTINATION = "does not say where images go"
_OF_THE_CALL = (
    "does not say how the destination is reached",
    "put into the new file what --dest-creds, --dest-tls-verify or --dest-cert-dir were for",
)
_SAY_DESTINATION = (
    "import with --destination registry.example.com/mirror, the destination that you gave "
    "skopeo sync, and with --scoped if you used it there"
)


def read(root: NodeCursor, job: Import) -> None:
    """Read a whole file."""
    if not job.choice.destination:
        job.losses.refuse(refusal((), _NO_DESTINATION, _SAY_DESTINATION))
        return
    tell_referrers(job)
    job.losses.note((), *_OF_THE_CALL)
    if not read_machine(job):
        tell_machine(job)
    for host, at in root.entries():
        try:
            _read_registry(host, at, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_registry(host: str, at: NodeCursor, job: Import) -> None:
    job.losses.left_out(at, _KNOWN, _REASONS)
    access = _access(host, at)
    repositories: dict[str, list[NodeCursor]] = {}
    for key in (_IMAGES, _REGEX, _SEMVER):
        for name, entry in at.get(key).entries():
            repositories.setdefault(name, []).append(entry)
    for name, entries in repositories.items():
        try:
            _read_repository(name, entries, access, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_repository(name: str, entries: list[NodeCursor], access: Access, job: Import) -> None:
    source = reference_of(entries[0], f"{access.host}/{name}")
    if source.tag or source.digest:
        raise refusal(entries[0].path, f"{quoted(name)} names an image, and no repository")
    found = gathered(entries, lambda entry: _lines(entry, job))
    written = [] if [] in found else [line for some in found for line in some]
    target = _target(entries[0], source, job)
    key = job.draft.registry(access)
    rule = Rule(job.draft.registry(Access(target.host)), target.repository, tuple(written))
    origin = entries[0].path
    job.draft.add(Stage(key, source.repository, (rule,), origin=origin))


def _lines(entry: NodeCursor, job: Import) -> list[Line]:
    """Read what follows a repository; no line is every tag."""
    match entry.path[-2]:
        case "images-by-semver":
            return lines.ranges(entry, entry.text(), masterminds, job)
        case "images-by-tag-regex":
            written = lines.expression(entry, entry.text())
            if takes_digest_tags([Sieve(written)], ()):
                lines.report_digest_tags(entry.path, job)
            return [Line(f"regex: {written}")]
    return gathered(entry.items(), lambda tag: lines.named(tag, tag.text()))


def _target(at: NodeCursor, source: Name, job: Import) -> Name:
    """Find where a repository goes, below the path of the destination."""
    full = f"{source.host}/{source.repository}"
    if source.host == "docker.io" and "/" not in source.repository:
        full = f"{source.host}/library/{source.repository}"
    behind = full if job.choice.scoped else full.rpartition("/")[2]
    host, _, path = job.choice.destination.strip("/").partition("/")
    return Name(host, repository_of(at, host, f"{path}/{behind}".strip("/")))


def _access(host: str, at: NodeCursor) -> Access:
    skips = at.get("tls-verify").flag() is False
    fields = at.get("credentials")
    user, password = fields.get("username"), fields.get("password")
    if not user and not password:
        return Access(host, skip_tls_verify=skips)
    login = literal(user, password)
    return Access(host, login, skip_tls_verify=skips, where=fields.path)
