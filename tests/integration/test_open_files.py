"""A run where the system allows few open files: it waits, and fails at nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests import images
from tests.e2e.command import COMMAND
from tests.fakes.registry import FakeRegistry
from tests.layouts import names_in, write_layout
from tests.servers import environment

if TYPE_CHECKING:
    from pathlib import Path

FILES = 64
TAGS = [f"{number}" for number in range(100)]
LAYER_BYTES = 300_000  # more than is read at once


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a layout of a hundred images that share nothing."""
    entries = [
        (
            images.image(f"files/{tag}", layer_bytes=LAYER_BYTES),
            {"org.opencontainers.image.ref.name": tag},
        )
        for tag in TAGS
    ]
    return write_layout(tmp_path_factory.mktemp("many") / "layout", *entries)


def run(file: Path, *, files: int = FILES) -> subprocess.CompletedProcess[str]:
    """Run *file* with at most *files* open at a time."""
    limited = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh"]
    return subprocess.run(
        [*limited, str(COMMAND), "-c", str(file)],
        env={**environment.clean(), "REPOSYNC_LEDGER": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def written(folder: Path, source: Path, *destinations: str) -> Path:
    keys = [f"there{number}" for number in range(len(destinations))]
    registries = {
        "here": {"url": f"oci:{source}"},
        **{
            key: {"url": url, **({} if url.startswith("oci:") else {"skip-tls-verify": True})}
            for key, url in zip(keys, destinations, strict=True)
        },
    }
    stage = {
        "from": {"source": "here", "repository": "team/app"},
        "to": [{"destination": key, "repository": "team/app", "tags": []} for key in keys],
    }
    file = folder / "sync.json"
    file.write_text(json.dumps({"registries": registries, "stages": [stage]}))
    return file


@pytest.mark.parametrize("names", [("copy",), ("copy.tar",), ("one", "two", "three.tar")])
def test_a_layout_of_many_images_is_copied_to_others(tmp_path: Path, source: Path, names):
    file = written(tmp_path, source, *(f"oci:{tmp_path / name}" for name in names))
    done = run(file)
    assert done.returncode == 0, done.stderr
    assert len(names_in(tmp_path / names[0])) == len(TAGS) if names[0] == "copy" else True


async def test_a_layout_of_many_images_is_copied_to_a_registry_and_back(tmp_path, source):
    async with FakeRegistry() as there:
        done = await asyncio.to_thread(run, written(tmp_path, source, there.host))
        assert done.returncode == 0, done.stderr
        file = tmp_path / "back.json"
        registries = {
            "here": {"url": there.host, "skip-tls-verify": True},
            "back": {"url": f"oci:{tmp_path / 'back'}"},
        }
        stage = {
            "from": {"source": "here", "repository": "team/app"},
            "to": [{"destination": "back", "repository": "team/app", "tags": []}],
        }
        file.write_text(json.dumps({"registries": registries, "stages": [stage]}))
        done = await asyncio.to_thread(run, file)
        assert done.returncode == 0, done.stderr
        assert len(names_in(tmp_path / "back")) == len(TAGS)
