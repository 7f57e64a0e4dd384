"""image-syncer: a map from a source to its destinations, and one of logins beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.interop import lines
from reposync.interop.draft import Line, Rule, Stage
from reposync.interop.expressions import Sieve, takes_digest_tags
from reposync.interop.image_syncer_access import Logins
from reposync.interop.losses import gathered
from reposync.interop.places import Name, reference_of, repository_of
from reposync.interop.platforms import read_machine, tell_referrers
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.secrets import has_shell_variable
from reposync.oci.reference import DOCKER_HUB, is_tag
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_EXPRESSION = re.compile(r"(?P<repository>[^@]+?):/(?P<text>.*)/", re.DOTALL)
_TAGGED = re.compile(r"(?P<repository>.+):(?P<tags>[^/]*)")
_FLAGS = (
    "does not say whether image-syncer was called with --os or --arch",
    "import with --platform linux/amd64, if they were given",
)


def read(root: NodeCursor, job: Import) -> None:
    """Read a whole file: of images alone, or of ``auth`` and ``images``."""
    both = root.get("images").is_map and (root.get("auth").is_map or len(root.entries()) == 1)
    if both:
        job.losses.left_out(root, {"auth", "images"}, {})
    logins = Logins(root.get("auth") if both else job.choice.auth, job, expands=not both)
    tell_referrers(job)
    if not read_machine(job):
        job.losses.note((), *_FLAGS)
    for source, at in (root.get("images") if both else root).entries():
        try:
            _read_entry(source, at, logins, job)
        except RefusalError as error:
            job.losses.refuse(error)


def _read_entry(text: str, at: NodeCursor, logins: Logins, job: Import) -> None:
    source, tags = _source(at, text, job)
    goals = at.items() if at.is_list else [at]
    if not goals:
        raise refusal(at.path, "has no destination")

    def rule(goal: NodeCursor) -> Rule:
        target, names = _target(goal, expands=logins.expands)
        written = _named(goal, source, tags, names)
        return Rule(logins.key(target, job), target.repository, tuple(written))

    key = logins.key(source, job)
    rules = gathered(goals, rule)
    job.draft.add(Stage(key, source.repository, tuple(rules), origin=at.path))


def _source(at: NodeCursor, text: str, job: Import) -> tuple[Name, list[Line]]:
    """Read a key: a repository, with tags, a digest, an expression or nothing behind it."""
    if match := _EXPRESSION.fullmatch(text):
        written = lines.expression(at, match["text"])
        if takes_digest_tags([Sieve(written)], ()):
            lines.report_digest_tags(at.path, job)
        return _bare(at, match["repository"]), [Line(f"regex: {written}")]
    tagged = _TAGGED.fullmatch(text) if "@" not in text else None
    if tagged is None:
        name = reference_of(at, text) if "@" in text else _bare(at, text)
        return name, [Line(name.digest)] if name.digest else []
    first, *more = tagged["tags"].split(",")
    name = reference_of(at, f"{tagged['repository']}:{first}")
    for tag in more:
        if not is_tag(tag):
            raise refusal(at.path, f"{quoted(tag)} is not a tag")
    return name, [Line(tag) for tag in (first, *more)]


def _bare(at: NodeCursor, text: str) -> Name:
    """Read a name without a tag, in which the first part is always the host."""
    host, slash, _ = text.partition("/")
    if not slash:
        return Name(DOCKER_HUB, repository_of(at, DOCKER_HUB, text))
    if not re.search(r"[.:]|^localhost$", host):
        raise refusal(
            at.path,
            f"image-syncer takes {quoted(host)} for a registry in {quoted(text)}",
            f"write {quoted(f'{DOCKER_HUB}/{text}')} if that is meant",
        )
    return reference_of(at, text)


def _target(at: NodeCursor, *, expands: bool) -> tuple[Name, list[str]]:
    """Read a destination, and the tags that it names."""
    text = at.text()
    if expands and has_shell_variable(text):
        raise refusal(
            at.path,
            f"image-syncer fills {quoted(text)} from its environment",
            "write out what is meant",
        )
    tagged = _TAGGED.fullmatch(text) if "@" not in text else None
    names = tagged["tags"].split(",") if tagged else []
    for name in names:
        if not is_tag(name):
            raise refusal(at.path, f"{quoted(name)} is not a tag")
    return reference_of(at, tagged["repository"] if tagged else text), names


def _named(at: NodeCursor, source: Name, tags: list[Line], names: list[str]) -> list[Line]:
    """Return the lines of *source* with the tags that they get: the first the first, and so on."""
    if not names:
        return tags
    if source.digest and len(names) == 1:
        return [Line(f"{names[0]}@{source.digest}")]
    if len(names) != len(tags) or not source.tag:
        raise refusal(
            at.path,
            f"names the tags {quoted(','.join(names))}, and the source does not name as many",
            "name as many tags on both sides, or none at the destination",
        )
    pairs = zip(tags, names, strict=True)
    return [tag if tag.text == name else Line(tag.text, names=(name,)) for tag, name in pairs]
