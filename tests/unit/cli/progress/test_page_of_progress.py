"""docs/reference/command-line.md: its progress is what is drawn, and what a log says."""

from __future__ import annotations

import logging
import re

import pytest
from tests.development import ROOT

from reposync.cli.glyphs import Glyphs
from reposync.cli.logs import TextFormatter
from reposync.cli.progress.frame import frame
from reposync.cli.progress.values import Progress, Stage, Transfer
from reposync.cli.progress.words import sentence
from reposync.oci.digest import Digest
from reposync.oci.reference import Reference

PAGE = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
MIB = 1024 * 1024


def transfer(name, tag, digest, mib, of, speed, places=1):
    return Transfer(
        image=Reference("docker.io", name, tag),
        digest=Digest("sha256:" + digest.ljust(64, "0")),
        places=places,
        sent_bytes=round(mib * MIB),
        total_bytes=round(of * MIB),
        bytes_per_second=speed * MIB,
    )


PROGRESS = Progress(
    images_ended=12,
    images_selected=40,
    failed=1,
    stages_undecided=1,
    stage_count=2,
    sent_bytes=round(1.2 * 1024 * MIB),
    total_bytes=round(3.4 * 1024 * MIB),
    found_bytes=512 * MIB,
    is_final=False,
    bytes_per_second=24.1 * MIB,
    eta_s=94.0,
    stages=(Stage("mirror", 30, 12, is_decided=True), Stage("promote", 10)),
    transfers=(
        transfer("library/postgres", "17", "39bacc2c37df", 41.2, 80.1, 8.1),
        transfer("library/redis", "8.2", "408abe6288e2", 12.1, 12.1, 0.0),
        transfer("library/golang", "1.26", "d1a8151fe724", 60.1, 212, 16.0, places=2),
    ),
)


@pytest.fixture
def block():
    """Give the block of the page in which some words are."""
    blocks = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    def of(words):
        (found,) = [block for block in blocks if words in block]
        return found

    return of


def test_what_is_drawn_is_shown(block):
    lines = frame(PROGRESS, width=79, height=23, signs=Glyphs())
    assert "".join(f"{line.plain}\n" for line in lines) == block("images ")


def test_the_line_of_a_log_is_shown(block):
    record = logging.makeLogRecord(
        {"msg": f"progress: {sentence(PROGRESS)}", "levelname": "INFO", "created": 1767323045.0}
    )
    assert TextFormatter().format(record) + "\n" == block("progress: ")
