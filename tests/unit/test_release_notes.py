"""What a release says of itself."""

from __future__ import annotations

import pytest
from dev.release_notes import section

CHANGELOG = """\
# Changelog

<!-- towncrier release notes start -->

## 0.2.0 (2026-11-30)

### Added

- A thing.

## 0.2 (2026-11-01)

- Another.

## 0.1.0 (2026-10-01)
"""


def test_the_notes_are_the_section_of_just_that_version():
    assert section(CHANGELOG, "0.2.0") == "### Added\n\n- A thing.\n"
    assert section(CHANGELOG, "0.2") == "- Another.\n"


@pytest.mark.parametrize("version", ["0.3.0", "0.1.0", "0.2.0 (2026"])
def test_a_version_without_a_section_has_no_notes(version):
    with pytest.raises(LookupError, match=r"CHANGELOG\.md says nothing of"):
        section(CHANGELOG, version)
