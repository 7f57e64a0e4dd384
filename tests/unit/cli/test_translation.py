"""``run-reposync import`` and ``export``: files, streams and exit codes."""

from __future__ import annotations

import io
import sys

import pytest
from tests.unit.interop import examples
from tests.unit.interop.test_exporting import SIMPLE

from reposync.cli.main import call

REGSYNC = "sync:\n  - {source: 'alpine:3', target: 'r.example/alpine:3', type: image, backup: x}\n"


@pytest.fixture
def folder(workplace):
    (workplace / "regsync.yml").write_text(REGSYNC)
    (workplace / "ours.yml").write_text(SIMPLE)
    return workplace


@pytest.mark.usefixtures("folder")
def test_the_file_goes_to_standard_output_and_what_is_told_to_standard_error(capsys):
    assert call(["import", "regsync.yml"]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("# Written by run-reposync import from regsync.yml")
    assert "regsync.yml:2:69: sync[0].backup: has no equal here; " in errors
    assert errors.endswith("1 stage of regsync.yml (regsync): 1 thing not kept\n")


def test_what_is_imported_passes_our_own_check(folder):
    assert call(["import", "regsync.yml", "-o", "cfg.yml"]) == 0
    assert call(["-c", "cfg.yml", "--verify-only"]) == 0
    assert 'tags: ["3"]' in (folder / "cfg.yml").read_text()


def test_a_file_that_is_there_is_overwritten_only_by_force(folder, capsys):
    (folder / "cfg.yml").write_text("mine\n")
    assert call(["import", "regsync.yml", "-o", "cfg.yml"]) == 2
    assert "cfg.yml is there already; --force overwrites it" in capsys.readouterr().err
    assert (folder / "cfg.yml").read_text() == "mine\n"
    assert call(["import", "regsync.yml", "-o", "cfg.yml", "--force"]) == 0
    assert (folder / "cfg.yml").read_text() != "mine\n"


def test_under_strict_nothing_is_written_where_anything_is_lost(folder, capsys):
    assert call(["import", "regsync.yml", "-o", "cfg.yml", "--strict"]) == 2
    assert "1 thing not kept; --strict: nothing was written" in capsys.readouterr().err
    assert not (folder / "cfg.yml").exists()


def test_under_strict_a_file_without_losses_is_written(folder):
    (folder / "regsync.yml").write_text(REGSYNC.replace(", backup: x", ""))
    assert call(["import", "regsync.yml", "-o", "cfg.yml", "--strict"]) == 0
    assert (folder / "cfg.yml").exists()


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_kept_ends_with_its_lines_and_code_2(capsys):
    assert call(["import", "regsync.yml", "--from", "skopeo", "--destination", "d.example"]) == 2
    assert "regsync.yml:2:3: sync: must be a map" in capsys.readouterr().err


def test_a_file_of_nobody_is_told(folder, capsys):
    (folder / "x.yml").write_text("a: 1\n")
    assert call(["import", "x.yml"]) == 2
    assert "looked for `tasks` (dregsy)" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_not_there_is_told(capsys):
    assert call(["import", "absent.yml"]) == 2
    assert "absent.yml:1:1: there is no such file; check the path\n" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_a_folder_is_no_place_for_a_file(folder, capsys):
    assert call(["import", "regsync.yml", "-o", str(folder)]) == 2
    assert "is a folder; name a file in it" in capsys.readouterr().err
    assert call(["import", "regsync.yml", "-o", "nowhere/cfg.yml"]) == 2
    assert "nowhere/cfg.yml cannot be written" in capsys.readouterr().err


def test_standard_input_is_read(folder, capsys, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO((folder / "regsync.yml").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert call(["import", "-"]) == 0
    assert "<stdin>" in capsys.readouterr().err


def test_logins_of_image_syncer_are_read_from_its_other_file(folder, capsys):
    (folder / "images.yaml").write_text(examples.IMAGES)
    (folder / "auth.yaml").write_text(examples.AUTH)
    assert call(["import", "images.yaml", "--auth", "auth.yaml"]) == 0
    output, errors = capsys.readouterr()
    assert "env_user: HUB_USER" in output
    assert 'auth.yaml:3:52: ["registry.example/team"].password: is not written' in errors
    assert "s3cr3t" not in output + errors


def test_what_skopeo_was_called_with_is_said_by_options(folder, capsys):
    (folder / "skopeo.yml").write_text(examples.SKOPEO)
    options = ["--destination", "d.example/m", "--scoped", "--platform", "all"]
    assert call(["import", "skopeo.yml", *options, "--semver", "ours"]) == 0
    output = capsys.readouterr().out
    assert "repository: m/registry.example.com/busybox" in output
    assert "semver: >= 3.11.0" in output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("tool", ["dregsy", "regsync", "skopeo"])
def test_our_file_is_exported_and_comes_back(capsys, tool):
    assert call(["export", "-c", "ours.yml", "--to", tool, "-o", "theirs.yml"]) == 0
    assert "2 stages of ours.yml" in capsys.readouterr().err
    assert call(["import", "theirs.yml", "--destination", "dest.example/m"]) == 0
    assert "repository: m/shop" in capsys.readouterr().out


def test_an_export_needs_no_variable_and_tells_what_is_wrong_in_the_file(folder, capsys):
    (folder / "ours.yml").write_text(SIMPLE.replace("destination: dest", "destination: nowhere"))
    assert call(["export", "-c", "ours.yml", "--to", "regsync"]) == 2
    errors = capsys.readouterr().err
    assert "unknown registry `nowhere`" in errors
    assert "SOURCE_USER" not in errors
