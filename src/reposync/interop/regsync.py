"""regsync: entries of one source and one target: an image, a repository or a whole registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop import regsync_tags
from reposync.interop.draft import Line, Rule, Stage
from reposync.interop.places import Name, checked_host, host_of, reference_of, repository_of
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.regsync_access import Registries
from reposync.interop.regsync_options import Merged, entry_options, tell_entry, tell_top
from reposync.interop.secrets import environment, file, is_template
from reposync.oci.reference import DOCKER_HUB, canonical_host
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor

_VERSION = "1"


def read(root: NodeCursor, job: Import) -> None:
    """Read a whole file."""
    version = root.get("version")
    if version.text() not in {"", _VERSION}:
        job.losses.refuse(refusal(version.path, f"version {quoted(version.text())} is not known"))
    tell_top(root, job)
    skips = bool(root.get("defaults").get("skipDockerConfig").flag())
    registries = Registries(root.get("creds").items(), job, skips_docker=skips)
    for entry in root.get("sync").items():
        try:
            tell_entry(entry, job)
            _Entry(Merged(entry, root.get("defaults")), registries, job).read()
        except RefusalError as error:
            job.losses.refuse(error)


class _Entry:
    def __init__(self, merged: Merged, registries: Registries, job: Import) -> None:
        self._merged = merged
        self._at = merged.entry
        self._registries = registries
        self._job = job

    def read(self) -> None:
        kind = self._at.get("type")
        readers = {
            "image": self._image,
            "repository": self._repository,
            "registry": self._registry,
        }
        if kind.text() not in readers:
            raise refusal(kind.path, "is none of `image`, `repository` and `registry`")
        readers[kind.text()]()

    def _image(self) -> None:
        source, target = self._reference("source"), self._reference("target")
        tag = source.tag or ("" if source.digest else "latest")
        goal = target.tag or ("" if target.digest else "latest")
        if source.digest:
            line = Line(f"{goal}@{source.digest}" if goal else source.digest)
        elif goal:
            line = Line(tag, names=() if tag == goal else (goal,))
        else:
            at = self._at.get("target")
            raise refusal(at.path, "is a digest, and the source names a tag", "name a tag in both")
        self._add((source, target), [[line]])

    def _repository(self) -> None:
        sides = (self._reference("source"), self._reference("target"))
        self._add(sides, regsync_tags.sets(self._at, self._job))

    def _registry(self) -> None:
        at, to = self._at.get("source"), self._at.get("target")
        source = host_of(at)
        if canonical_host(source) == DOCKER_HUB:
            raise refusal(at.path, "Docker Hub gives no list of repositories", "name them")
        host, _, prefix = _filled(to, to.text(), self._at.get("source").text()).partition("/")
        checked_host(to, host)
        if prefix:
            repository_of(to, host, prefix)
        template = f"{prefix}/{{repository}}" if prefix else "{repository}"
        pattern, exclude = regsync_tags.repositories(self._at.get("repos"))
        sets = regsync_tags.sets(self._at, self._job)
        self._add((Name(source, pattern), Name(host, template)), sets, exclude)

    def _add(
        self, sides: tuple[Name, Name], sets: list[list[Line]], exclude: tuple[str, ...] = ()
    ) -> None:
        source, target = sides
        job, options = self._job, entry_options(self._merged, self._job)
        reserve = self._merged.get("ratelimit", "min").text()
        at = self._at.get("source")
        key, repository = self._registries.place(source, at, job, reserve)
        to, destination = self._registries.place(target, self._at.get("target"), job)
        if options.get("referrers") is False and [] in sets:
            told = "leaves tags of signatures out too, where every tag is copied"
            job.losses.lose((*self._at.path, "referrers"), told)
        rules = tuple(Rule(to, destination, tuple(lines), options) for lines in sets)
        shown = self._at.get("source").text()
        notes = (f"{self._at.get('type').text()} {shown}",)
        job.draft.add(Stage(key, repository, rules, exclude, notes, self._at.path))

    def _reference(self, key: str) -> Name:
        at = self._at.get(key)
        if not at:
            raise refusal(at.path, "is missing")
        source = self._at.get("source").text()
        text = _filled(at, at.text(), source)
        if text.startswith("ocidir://"):
            raise refusal(
                at.path,
                "is an image layout, whose images have no repository for regsync",
                "write `url: oci:PATH` for a registry by hand; its images get names with one",
            )
        return reference_of(at, text)


def _filled(at: NodeCursor, text: str, source: str) -> str:
    for template in ("{{.Sync.Source}}", "{{ .Sync.Source }}"):
        text = text.replace(template, source)
    if is_template(text):
        what = environment(text) or file(text) or text
        raise refusal(at.path, f"is a template, {quoted(what)}", "write out what it stands for")
    return text
