"""A run that is killed at any moment is made good by the next one; one that is stopped cleans up.

The installed command runs against real registries; what kills it is a request that comes to one of
them, or was carried out there and is not answered yet.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from tests import images, layouts
from tests.e2e import command
from tests.integration.sites import publish
from tests.servers.reader import Reader
from tests.servers.recorder import recording
from tests.servers.skopeo import skopeo_digest

LARGE_BYTES = 12_000_000  # more than the system's buffers hold of it
REPOSITORY = "killed-runs/app"
TAGS = ("v1", "v2", "latest")


@dataclass(frozen=True)
class Published:
    """What a source holds: by tag, all manifests that belong to it; and the blobs of all."""

    url: str
    families: dict[str, dict[str, bytes]]
    blobs: frozenset[str]

    @property
    def host(self):
        return urlsplit(self.url).netloc


@pytest.fixture(scope="module")
def source(plain_registry):
    """Publish images that share a layer, an index, and what points to them."""
    base = (images.blob("killed/base", 5000),)
    first = images.image("killed/1", layers=3, base=base)
    second = images.image("killed/2", layers=1, layer_bytes=LARGE_BYTES, base=base)
    index = images.multi_platform("killed/index")
    blobs = set()
    for graph, tag in zip((first, second, index), TAGS, strict=True):
        signature = images.artifact(f"killed/{tag}/sig", subject=graph.root.descriptor)
        publish(plain_registry.url, REPOSITORY, [graph, signature], tag)
        blobs |= {str(each.digest) for each in (*graph.blobs, *signature.blobs)}
    reader = Reader(plain_registry.url, REPOSITORY)
    return Published(
        plain_registry.url, {tag: reader.family(tag) for tag in TAGS}, frozenset(blobs)
    )


class Killer:
    """Starts the command, and sends it a signal at the *nth* request that matches."""

    def __init__(self, method, target_regex, nth, number=signal.SIGKILL):
        self._number = number
        self._matches = lambda m, target: m == method and re.search(target_regex, target)
        self._left = nth
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes]

    def __call__(self, method, target):
        with self._lock:
            if not self._matches(method, target):
                return
            self._left -= 1
            if self._left:
                return
            self._process.send_signal(self._number)
            if self._number == signal.SIGKILL:
                self._process.wait()  # so that it gets no answer

    def run(self, *arguments, **environ):
        """Run it, and give its exit code, or the signal that killed it."""
        with self._lock:
            self._process = subprocess.Popen(
                [command.COMMAND, *arguments],
                env=dict(os.environ) | environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._process.wait(60)
        return abs(self._process.returncode)


def write_file(path, here, there, repository):
    registries = {
        "here": {"url": here, "skip-tls-verify": True},
        "there": {"url": there} | ({} if there.startswith("oci:") else {"skip-tls-verify": True}),
    }
    stage = {
        "from": {"source": "here", "repository": REPOSITORY},
        "to": [{"destination": "there", "repository": repository}],
        "overwrite": "if_mutable",  # so that a ledger is kept
        "immutable": ["v*"],
    }
    path.write_text(json.dumps({"registries": registries, "stages": [stage]}))
    return str(path)


def has_blob(reader, digest):
    url = f"{reader.url}/v2/{reader.repository}/blobs/{digest}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def sent(recorder):
    """Name the blobs whose bytes were sent, in their order."""
    queries = [
        parse_qs(urlsplit(target).query)
        for method, target in recorder.targets
        if method == "PUT" and "/blobs/uploads/" in target
    ]
    return [digest for query in queries for digest in query.get("digest", ())]


@pytest.mark.parametrize(
    ("moment", "method", "target_regex", "nth"),
    [
        ("asked", "PUT", str(images.blob("killed/2/0", LARGE_BYTES).digest), 1),
        ("asked", "PUT", "/manifests/", 1),
        ("answered", "PUT", "/manifests/latest", 1),
        ("answered", "PUT", "/manifests/sha256-", 1),
    ],
    ids=lambda each: None if isinstance(each, int) else each[:20],
)
def test_the_next_run_ends_as_if_nothing_had_happened_and_sends_no_blob_again(
    source, other_registry, name, tmp_path, moment, method, target_regex, nth
):
    ledger = str(tmp_path / "ledger.sqlite3")
    there = Reader(other_registry.url, name)
    with recording(other_registry.url) as recorder:
        file = write_file(tmp_path / "f.yml", source.host, recorder.host, name)
        killer = Killer(method, target_regex, nth)
        setattr(recorder, f"on_{moment}", killer)
        assert killer.run("-c", file, "--parallel-sync-tasks", "2", REPOSYNC_LEDGER=ledger) == 9
        for tag in there.tags():
            # The registry lists a tag a moment before it names anything.
            if there.digest(tag) is not None:
                there.family(tag)  # whole, whenever it was killed
        stood = {digest for digest in source.blobs if has_blob(there, digest)}
        recorder.clear()
        done = command.run("-c", file, REPOSYNC_LEDGER=ledger)
        assert done.returncode == 0, done.stderr
        again = sent(recorder)
    assert stood or moment == "asked"
    assert not stood & set(again)
    assert sorted(again) == sorted(source.blobs - stood)
    for tag in TAGS:
        assert there.family(tag) == source.families[tag]
        assert skopeo_digest(f"{urlsplit(there.url).netloc}/{name}:{tag}") in source.families[tag]


def test_a_layout_is_whole_after_the_next_run_which_reads_no_blob_again(source, tmp_path):
    layout = tmp_path / "layout"
    with recording(source.url) as recorder:
        file = write_file(tmp_path / "f.yml", recorder.host, f"oci:{layout}", REPOSITORY)
        killer = Killer("GET", "/blobs/", 15)
        recorder.on_answered = killer
        assert killer.run("-c", file, "--parallel-sync-tasks", "2", REPOSYNC_LEDGER="") == 9
        stood = {each for each in source.blobs if layouts.blob_file(layout, each).exists()}
        recorder.clear()
        done = command.run("-c", file, REPOSYNC_LEDGER="")
        assert done.returncode == 0, done.stderr
        read = {target.rpartition("/")[2] for _, target in recorder.targets if "/blobs/" in target}
    assert stood
    assert not stood & read
    for tag in TAGS:
        for digest, content in source.families[tag].items():
            assert layouts.blob_file(layout, digest).read_bytes() == content
    for digest in source.blobs:
        assert layouts.blob_file(layout, digest).exists()
    assert {each.name for each in layout.iterdir()} == {"blobs", "index.json", "oci-layout"}


@pytest.mark.parametrize("nth", [1, 6])
def test_a_run_that_is_stopped_while_a_registry_opens_an_upload_leaves_none_open(
    source, other_registry, name, tmp_path, nth
):
    with recording(other_registry.url) as recorder:
        file = write_file(tmp_path / "f.yml", source.host, recorder.host, name)
        recorder.on_answered = stopper = Killer("POST", "/blobs/uploads/", nth, signal.SIGINT)
        assert stopper.run("-c", file, REPOSYNC_LEDGER="") == 130
        assert ("POST", f"/v2/{name}/blobs/uploads/") in recorder.asked
    repositories = other_registry.directory / "data/docker/registry/v2/repositories"
    # Of an upload that was given up it keeps when it was begun, and nothing else.
    assert not list(repositories.glob(f"{name}/_uploads/*/data"))


@pytest.mark.parametrize(
    ("moment", "method", "target_regex", "nth"),
    [
        ("asked", "HEAD", "/manifests/", 2),
        ("answered", "HEAD", "/manifests/", 3),
        ("asked", "PUT", "/manifests/", 1),
        ("answered", "PUT", "/manifests/v1", 1),
        ("answered", "PUT", "/manifests/latest", 1),
    ],
    ids=lambda each: None if isinstance(each, int) else each[:20],
)
def test_a_plan_whose_application_was_killed_is_applied_again_to_the_same_end(
    source, other_registry, name, tmp_path, moment, method, target_regex, nth
):
    ledger = str(tmp_path / "ledger.sqlite3")
    plan = str(tmp_path / "plan.json")
    there = Reader(other_registry.url, name)
    with recording(other_registry.url) as recorder:
        file = write_file(tmp_path / "f.yml", source.host, recorder.host, name)
        made = command.run("plan", "-c", file, "--out", plan, REPOSYNC_LEDGER=ledger)
        assert made.returncode == 0, made.stderr
        call = ("apply", plan, "-c", file, "--parallel-sync-tasks", "2")
        killer = Killer(method, target_regex, nth)
        setattr(recorder, f"on_{moment}", killer)
        assert killer.run(*call, REPOSYNC_LEDGER=ledger) == 9
        for tag in there.tags():
            there.family(tag)  # whole, whenever it was killed
        stood = {digest for digest in source.blobs if has_blob(there, digest)}
        recorder.clear()
        done = command.run(*call, REPOSYNC_LEDGER=ledger)
        assert done.returncode == 0, done.stderr
        assert not stood & set(sent(recorder))
        recorder.clear()
        twice = command.run(*call, REPOSYNC_LEDGER=ledger)
        assert twice.returncode == 0, twice.stderr
        assert {method for method, _ in recorder.asked} <= {"GET", "HEAD"}
    for tag in TAGS:
        assert there.family(tag) == source.families[tag]
