"""``plan`` and ``apply`` as the installed command: exit codes, what is written where."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests import images
from tests.e2e.command import COMMAND, run
from tests.unit.cli.filled import fill, tags

FILE = """\
registries:
  source: {url: "oci:source"}
  mirror: {url: "oci:mirror"}
stages:
  - from: {source: source, repository: team/app}
    to: [{destination: mirror, repository: app, tags: [TAGS]}]
"""
APP, NEW = images.image("app"), images.image("new")


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path / "source", {"team/app:1.0": APP, "team/app:2.0": NEW})
    for name, some in {"both": '"1.0", "2.0"', "missing": '"1.0", "9.9"'}.items():
        (tmp_path / f"{name}.yml").write_text(FILE.replace("TAGS", some))
    return tmp_path


def call(folder, *arguments, **options):
    return run(*arguments, cwd=folder, REPOSYNC_LEDGER="", **options)


def planned(folder, file="both.yml"):
    done = call(folder, "plan", "-c", file, "--out", "plan.json")
    assert "Traceback" not in done.stderr
    return done


def test_a_plan_shows_what_would_be_done_and_makes_nothing(folder):
    done = planned(folder)
    assert done.returncode == 0
    assert "plan: 2 copy" in done.stdout
    assert not (folder / "mirror").exists()


def test_a_difference_is_exit_3_only_where_that_is_asked_for(folder):
    assert call(folder, "plan", "-c", "both.yml").returncode == 0
    assert call(folder, "plan", "-c", "both.yml", "--exit-code").returncode == 3
    assert call(folder, "-c", "both.yml").returncode == 0
    done = call(folder, "plan", "-c", "both.yml", "--exit-code")
    assert (done.returncode, done.stdout) == (0, "plan: 2 up to date\n")


def test_an_error_is_exit_1_and_wins_over_3(folder):
    for more in ([], ["--exit-code"]):
        done = call(folder, "plan", "-c", "missing.yml", *more)
        assert done.returncode == 1
        assert "has no tag 9.9" in done.stdout
        assert "plan: 1 copy, 1 error" in done.stdout


def test_json_goes_to_standard_output_alone(folder):
    done = call(folder, "plan", "-c", "both.yml", "-o", "json", "--sizes")
    document = json.loads(done.stdout)
    assert document["format"] == "reposync-plan/1"
    assert document["counts"] == {"copy": 2}
    assert all(each["bytes"] > 0 and each["blobs"]["send"] for each in document["decisions"])
    assert done.stderr == ""


def test_a_plan_from_standard_input_is_applied_from_there(folder):
    content = (folder / "both.yml").read_text()
    made = call(folder, "plan", "-c", "-", "-o", "json", stdin=content)
    assert made.returncode == 0
    done = call(folder, "apply", "-", "-c", "both.yml", stdin=made.stdout)
    assert done.returncode == 0, done.stderr
    assert tags(folder / "mirror", "app") == {"1.0": APP.digest, "2.0": NEW.digest}


def test_a_plan_is_applied_by_digest_and_twice_without_a_change(folder):
    planned(folder)
    fill(folder / "source", {"team/app:1.0": images.image("moved")})
    for counts in ("2 copied", "2 up to date"):
        done = call(folder, "apply", "plan.json", "-c", "both.yml")
        assert done.returncode == 0, done.stderr
        assert counts in done.stdout
        assert tags(folder / "mirror", "app") == {"1.0": APP.digest, "2.0": NEW.digest}


def test_a_destination_that_changed_since_is_left_alone_with_exit_1(folder):
    planned(folder)
    other = images.image("other")
    fill(folder / "mirror", {"app:1.0": other})
    done = call(folder, "apply", "plan.json", "-c", "both.yml")
    assert done.returncode == 1
    assert "changed since the plan" in done.stdout + done.stderr
    assert tags(folder / "mirror", "app") == {"1.0": other.digest, "2.0": NEW.digest}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"action": "copy"', '"action": "move"', 1), "was edited"),
        (lambda text: text.replace('"copy": 2', '"copy": 1'), "was edited"),
        (lambda text: text.replace('"copy": 2', '"copy": "two"'), "is damaged"),
        (lambda text: text.replace("app:1.0", "app:3.0", 1), "was edited"),
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda _: "", "cut off"),
        (lambda _: "{}", "not a plan"),
        (lambda text: text.replace("reposync-plan/1", "reposync-plan/9"), "reposync-plan/9"),
    ],
    ids=["action", "counts", "kinds", "reference", "truncated", "empty", "other", "format"],
)
def test_a_plan_that_is_not_as_it_was_made_is_refused_with_exit_2(folder, change, told):
    planned(folder)
    plan = folder / "plan.json"
    plan.write_text(change(plan.read_text()))
    done = call(folder, "apply", "plan.json", "-c", "both.yml")
    assert done.returncode == 2
    assert told in done.stderr
    assert "make a new one" in done.stderr
    assert "nothing was done" in done.stderr
    assert not (folder / "mirror").exists()


def test_a_plan_of_another_file_is_refused_with_exit_2(folder):
    planned(folder)
    done = call(folder, "apply", "plan.json", "-c", "missing.yml")
    assert done.returncode == 2
    assert "made of another file" in done.stderr
    assert call(folder, "apply", "none.json", "-c", "both.yml").returncode == 2


@pytest.mark.parametrize("place", ["none/plan.json", "source", "/proc/plan.json"])
def test_a_place_that_takes_no_plan_is_exit_2_before_anything_is_asked(folder, place):
    done = call(folder, "plan", "-c", "both.yml", "--out", place)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr or "is a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_part_that_nothing_is_of_ends_as_in_a_run(folder):
    ends = [call(folder, each, "-c", "both.yml", "--only", "none") for each in ("plan", "sync")]
    assert [each.returncode for each in ends] == [1, 1]
    assert ends[0].stderr == ends[1].stderr.splitlines(keepends=True)[-1]


def test_a_wrong_file_or_stage_is_exit_2(folder):
    (folder / "wrong.yml").write_text("stages: 1\n")
    assert call(folder, "plan", "-c", "wrong.yml").returncode == 2
    assert call(folder, "plan", "-c", "none.yml").returncode == 2
    assert call(folder, "plan", "-c", "both.yml", "--stage", "none").returncode == 2


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_change_no_exit_code(folder, closed):
    line = f'"{COMMAND}" plan -c both.yml --exit-code --out plan.json {closed}'
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=os.environ | {"REPOSYNC_LEDGER": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert json.loads((folder / "plan.json").read_text())["counts"] == {"copy": 2}


def test_a_registry_that_is_down_is_one_error_with_its_cause(folder):
    file = Path(folder / "down.yml")
    file.write_text(
        FILE.replace("TAGS", '"1.0", "2.0"')
        .replace("oci:mirror", "127.0.0.1:9")
        .replace('9"}', '9", skip-tls-verify: true, retries: 0}')
    )
    done = call(folder, "plan", "-c", "down.yml")
    assert done.returncode == 1
    assert "plan: 2 error" in done.stdout
    assert done.stdout.count("127.0.0.1:9") <= 4
