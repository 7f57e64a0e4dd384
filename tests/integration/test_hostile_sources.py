"""A hostile source beside a healthy one: its images fail, each with a sentence, and no others."""

from __future__ import annotations

import asyncio
import json
import resource

import pytest
from tests import images
from tests.e2e.command import COMMAND
from tests.fakes.registry import FakeRegistry
from tests.unit.http.scripted import OK, serving

MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024
HEALTHY_TAGS = [f"v{number}" for number in range(20)]
HOSTILE_TAGS = [f"v{number}" for number in range(200)]
START = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
JUNK = b"x" * 7_000_000

# How each answers whoever asks for a manifest: pieces, which may come again and again.
ANSWERS = {
    "interim answers": ([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 9000, OK], "interim"),
    "headers": ([START + b"a:\r\n" * 16000], "256 headers"),
    "tiny chunks": ([CHUNKED, *[b"2\r\nxx\r\n" * 10_000] * 12, b"0\r\n\r\n"], "tiny chunks"),
    "junk": ([START + b"Content-Length: %d\r\n\r\n" % len(JUNK), JUNK], "is not JSON"),
    "junk that is refused": (
        [b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(JUNK), JUNK],
        "400 Bad Request",
    ),
}


def answering(pieces):
    async def script(line):
        while True:
            head = await line._reader.readuntil(b"\r\n\r\n")
            if b"/manifests/" not in head:
                await line.send(OK)
            elif head.startswith(b"HEAD"):
                await line.send(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
            else:
                await line.send(*pieces)

    return script


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


async def run(file):
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "-c",
        file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=limit_memory,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


def stage(source, tags):
    return {
        "from": {"source": source, "repository": source},
        "to": [{"destination": "there", "repository": source, "tags": tags}],
    }


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_flood_ends_the_images_of_its_source_and_no_others(tmp_path, name):
    pieces, reason = ANSWERS[name]
    async with (
        FakeRegistry() as healthy,
        FakeRegistry() as there,
        serving(answering(pieces)) as hostile,
    ):
        for tag in HEALTHY_TAGS:
            images.fill(healthy.repository("healthy"), images.image(tag), tag)
        config = {
            "registries": {
                "hostile": {"url": hostile.url(""), "retries": 0},
                "healthy": {"url": healthy.url},
                "there": {"url": there.url},
            },
            "stages": [stage("hostile", HOSTILE_TAGS), stage("healthy", HEALTHY_TAGS)],
        }
        file = tmp_path / "cfg.json"
        file.write_text(json.dumps(config))
        code, said = await run(file)
        assert code == 1
        assert sorted(there.repository("healthy").tags) == sorted(HEALTHY_TAGS)
        assert not there.repository("hostile").tags
        assert f"{len(HEALTHY_TAGS)} copied, {len(HOSTILE_TAGS)} failed" in said
        assert reason in said
        assert "Traceback" not in said
        assert "MemoryError" not in said
