"""Blocks: whatever a page shows is looked at by a test, or is a drawing."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from tests.development import ROOT
from tests.e2e.pages import KINDS, PAGES, TUTORIAL, blocks, files, stray_fences

# Blocks that are neither commands nor files of ours, by page and kind: how many there are, and the
# test that looks at them; None where they are generated. Who adds one has that test look at it too.
LOOKED_AT = {
    (TUTORIAL, "text"): (7, "e2e/test_tutorial.py"),
    ("explanation/architecture.md", "text"): (1, "e2e/test_pages.py"),
    ("reference/command-line.md", "text"): (5, "e2e/test_pages.py"),  # and test_page_of_progress.py
    ("reference/configuration.md", "text"): (3, "unit/config/test_generated_docs.py"),
    ("reference/configuration.md", "yaml"): (None, "unit/config/test_generated_docs.py"),
    ("how-to/mirror/rename-tags.md", "text"): (3, "e2e/test_pages.py"),
    ("how-to/operate/ci.md", "yaml"): (2, "unit/test_deploy.py"),
    ("how-to/migrate/export.md", "text"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/export.md", "yaml"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/promote/immutable-tags.md", "text"): (1, "e2e/test_pages.py"),
    ("how-to/promote/plan.md", "text"): (1, "unit/report/test_plan_table.py"),
    ("how-to/promote/environments.md", "text"): (1, "e2e/test_dependency_failure.py"),
    ("how-to/operate/kubernetes.md", "yaml"): (2, "unit/test_deploy.py"),
    ("how-to/connect/credentials.md", "text"): (1, "integration/test_logins.py"),
    ("how-to/connect/doctor.md", "text"): (1, "e2e/test_doctor_command.py"),
    ("how-to/migrate/from-dregsy.md", "text"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-dregsy.md", "yaml"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-image-syncer.md", "text"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-image-syncer.md", "yaml"): (2, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-regsync.md", "text"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-regsync.md", "yaml"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-skopeo.md", "text"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/migrate/from-skopeo.md", "yaml"): (1, "unit/cli/test_pages_of_tools.py"),
    ("how-to/operate/monitor.md", "yaml"): (1, "e2e/test_metrics.py"),
    ("how-to/operate/reports.md", "json"): (1, "e2e/test_reports.py"),
    ("how-to/operate/verify.md", "json"): (1, "e2e/test_verify_command.py"),
    ("how-to/operate/verify.md", "text"): (1, "unit/report/test_verification.py"),
    ("how-to/operate/run-a-part.md", "text"): (1, "e2e/test_pages.py"),
    ("reference/selecting.md", "yaml"): (1, "unit/selection/test_page.py"),
}
DRAWINGS = ("source ── chunks ──>", "registries, ledger ──>", "v 1.2.3 -rc1 -r2")


def is_drawing(block):
    return any(words in block.text for words in DRAWINGS)


def test_every_block_is_looked_at_by_a_test():
    of_others = {*files(), *blocks("bash")}  # by test_files_of_pages and test_page_commands
    rest = [block for block in blocks(*KINDS) if block not in of_others and not is_drawing(block)]
    found = Counter((block.page, block.kind) for block in rest)
    known = {of: count or found[of] for of, (count, _) in LOOKED_AT.items()}
    assert found == known


@pytest.mark.parametrize("test", sorted({test for _, test in LOOKED_AT.values()}))
def test_a_test_that_looks_at_blocks_is_there(test):
    assert (ROOT / "tests" / test).exists()


def test_no_block_is_of_another_kind():
    assert stray_fences() == []


def test_no_table_has_code_that_shows_a_backslash_on_the_site():
    """What stands for a bar in code is `&#124;`, which GitHub and the site read alike."""
    rows = [
        line for page in PAGES for line in page.read_text("utf-8").splitlines() if line[:1] == "|"
    ]
    assert [row for row in rows if re.search(r"`[^`|]*\\\|[^`]*`", row)] == []


def test_no_drawing_is_gone():
    drawn = [block for block in blocks("text") if is_drawing(block)]
    assert len(drawn) == len(DRAWINGS)
