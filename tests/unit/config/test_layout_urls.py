from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import with_url

from reposync.config.layouts import known_place, layout_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.config.load import Loaded


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("oci:./bundle", "./bundle"),
        ("oci:/media/usb/bundle.tar", "/media/usb/bundle.tar"),
        ("oci:./5000", "./5000"),
        ("oci:bundle 2", "bundle 2"),
        ("oci:5000", None),
        ("oci.example:5000", None),
        ("a.example", None),
    ],
)
def test_what_begins_with_oci_is_the_path_of_a_layout_but_for_a_port(url: str, path: str | None):
    assert layout_path(url) == path


@pytest.mark.parametrize("url", ["oci:./bundle", "oci:/media/usb/bundle.tar", "oci:.", "oci:5000"])
def test_a_registry_may_be_a_layout(load_text: Callable[..., Loaded], url: str):
    assert load_text(with_url(f"'{url}'")).config.registries["a"].url == url


def test_several_paths_to_one_layout_are_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    urls = ("oci:out", "oci:./out", "oci:./x/../out/", f"oci:{tmp_path}/out")

    assert {known_place(url) for url in urls} == {"oci:out"}


def test_a_layout_outside_of_the_working_directory_is_told_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")

    assert known_place("oci:../out") == f"oci:{tmp_path}/out"


def test_a_working_directory_that_is_gone_is_no_matter_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert known_place("oci:out") == "oci:out"


def test_no_library_is_put_before_the_repositories_of_a_layout(
    problems: Callable[[str], list[str]],
):
    stages = "".join(
        f"  - from: {{source: b, repository: {source}}}\n"
        "    to: [{destination: a, repository: alpine, tags: [v1]}]\n"
        for source in "xy"
    )
    text = f"registries: {{a: {{url: oci:out}}, b: {{url: b.example}}}}\nstages:\n{stages}"

    assert "`oci:out:alpine:v1` would get two images" in problems(text)[0]
