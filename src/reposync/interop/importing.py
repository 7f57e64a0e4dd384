"""Importing: from the text of another tool's file to one of ours, and all that is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.config.document import Document, parse
from reposync.config.finding import Finding
from reposync.config.load import judged
from reposync.errors import ConfigError
from reposync.interop import dregsy, image_syncer, regsync, skopeo
from reposync.interop.choice import Choice, Import, Tool
from reposync.interop.draft import Draft
from reposync.interop.losses import Losses, listing
from reposync.interop.node_cursor import NodeCursor
from reposync.interop.recognise import recognised
from reposync.interop.refusals import RefusalError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.diagnostic import Diagnostic

AUTH = "auth file"
"""The first step of every path in image-syncer's other file."""

_READERS = {
    "dregsy": dregsy.read,
    "regsync": regsync.read,
    "image-syncer": image_syncer.read,
    "skopeo": skopeo.read,
}


class File(Struct, frozen=True):
    """A file by the name that messages give it, and its text."""

    name: str
    text: str


class Imported(Struct, frozen=True):
    """Our file; ``lost`` is what it does not keep, ``notes`` is what is left to do."""

    tool: Tool
    text: str
    stages: int
    lost: tuple[Diagnostic, ...]
    notes: tuple[Diagnostic, ...]


def imported(
    file: File, choice: Choice, tool: Tool | None, *, auth: File | None = None, allow_loss: bool
) -> Imported:
    """Read *file*, of *tool* or of whichever it is, and write what it means as ours.

    Under *allow_loss* an entry that cannot be kept is left out, and told like other losses.

    Raises:
        ConfigError: It is no such file, or an entry of it cannot be kept; holds all of them.
    """
    documents = {"": _parsed(file), AUTH: None if auth is None else _parsed(auth)}
    told = _Told(documents)
    root = NodeCursor(told.main.root)
    if auth is not None and (other := documents[AUTH]) is not None:
        choice = replace(choice, auth=NodeCursor(other.root, (AUTH,)))
    try:
        tool = tool or recognised(told.main.root)
        job = Import(tool, choice, Draft(), Losses())
        _READERS[tool](root, job)
    except RefusalError as error:
        raise ConfigError(told.problems(error.findings)) from None
    _judge(job)
    refused = told.problems(job.losses.refused)
    if refused and (not allow_loss or not job.draft.stages):
        raise ConfigError(refused)
    if not job.draft.stages:
        raise ConfigError(told.problems([Finding((), "says nothing that is to be copied")]))
    for path, names in job.draft.secrets():
        message = f"is not written; {names.user} and {names.password} take its place"
        job.losses.note(path, message, "set both variables where run-reposync runs")
    left_out = [replace(each, message=f"left out: {each.message}") for each in refused]
    lost = (*sorted({*told.main.problems, *left_out, *told.problems(job.losses.lost)}),)
    first = f"Written by run-reposync import from {file.name}, a file of {tool}."
    text = job.draft.text((first, *listing(lost)))
    return Imported(tool, text, len(job.draft.stages), lost, told.problems(job.losses.notes))


class _Told:
    """Gives findings their place in the file that they are about."""

    def __init__(self, documents: dict[str, Document | None]) -> None:
        self._documents = documents
        main = documents[""]
        if main is None:
            raise LookupError("there is always a file to import")
        self.main = main

    def problems(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        return (*sorted({self._problem(finding) for finding in findings}),)

    def _problem(self, finding: Finding) -> Diagnostic:
        other = self._documents[AUTH]
        if other is not None and finding.path[:1] == (AUTH,):
            return other.problem(replace(finding, path=finding.path[1:]))
        return self.main.problem(finding)


def _judge(job: Import) -> None:
    """Refuse what our own checks find wrong, such as two images for one tag."""
    draft = job.draft
    while draft.stages:
        _, findings = judged(parse("", draft.text(())))
        if not findings:
            return
        faulty = {at: finding for finding in findings for at in _stages(finding, draft)}
        for at, finding in faulty.items():
            origin = draft.stages[at].origin
            job.losses.refuse(refusal(origin, finding.message, finding.hint))
        draft.stages = [stage for at, stage in enumerate(draft.stages) if at not in faulty]


def _stages(finding: Finding, draft: Draft) -> list[int]:
    """Return the stages that *finding*, of our own file, is about: all, where it names none."""
    match finding.path:
        case ("stages", int(at), *_):
            return [at]
        case ("registries", str(key), *_):
            return [at for at, stage in enumerate(draft.stages) if key in stage.keys]
    return [*range(len(draft.stages))]


def _parsed(file: File) -> Document:
    try:
        return parse(file.name, file.text)
    except ConfigError as error:
        if [problem.message for problem in error.problems] == ["the file is empty"]:
            problem = replace(error.problems[0], hint="name a file that says what is copied")
            raise ConfigError((problem,)) from None
        raise
