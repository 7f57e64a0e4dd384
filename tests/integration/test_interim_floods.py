"""A hostile source beside a healthy one: the run bears it, and copies what is healthy."""

from __future__ import annotations

import asyncio
import json
import resource

from tests import images
from tests.e2e.command import COMMAND
from tests.fakes.registry import FakeRegistry
from tests.unit.http.scripted import OK, serving

FLOOD = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 9000
MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
TAGS = [f"v{number}" for number in range(40)]


async def flooding(line):
    while True:
        head = await line._reader.readuntil(b"\r\n\r\n")
        await line.send(FLOOD if b"/manifests/" in head else b"", OK)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


async def test_a_flood_of_interim_answers_ends_its_images_and_no_others(tmp_path):
    async with FakeRegistry() as healthy, FakeRegistry() as there, serving(flooding) as hostile:
        for tag in TAGS:
            images.fill(healthy.repository("good"), images.image(tag), tag)
        config = {
            "registries": {
                "hostile": {"url": hostile.url("")},
                "healthy": {"url": healthy.url},
                "there": {"url": there.url},
            },
            "stages": [
                {
                    "from": {"source": "hostile", "repository": "bad"},
                    "to": [{"destination": "there", "repository": "bad", "tags": TAGS}],
                },
                {
                    "from": {"source": "healthy", "repository": "good"},
                    "to": [{"destination": "there", "repository": "good", "tags": []}],
                },
            ],
        }
        file = tmp_path / "cfg.json"
        file.write_text(json.dumps(config))
        done = await asyncio.create_subprocess_exec(
            COMMAND,
            "-c",
            file,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=limit_memory,
        )
        said, _ = await done.communicate()
        assert done.returncode == 1
        assert sorted(there.repository("good").tags) == sorted(TAGS)
        assert not there.repository("bad").tags
        assert b"interim answers" in said
        assert b"Traceback" not in said
