"""``run-reposync explain``: which lines of the file take a tag in, and which exclude it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests import images

from reposync.cli.main import call

FILE = """\
registries:
  source: {url: "oci:source"}
  there: {url: "oci:there"}
  nowhere: {url: "oci:nowhere"}
defaults:
  tags: ["semver: 1.x", "keep: latest 1"]
stages:
  - id: app
    from: {source: source, repository: team/app}
    to:
      - {destination: there, repository: app}
      - {destination: there, repository: named, tags: [latest, "2.0"]}
      - {destination: there, repository: all, tags: []}
  - from: {source: source, repository: team/*, exclude: [team/x, "*/*-test"]}
    to: [{destination: there, repository: "all/{repository}", tags: ["glob: 1*"]}]
  - id: absent
    from: {source: nowhere, repository: team/app}
    to: [{destination: there, repository: absent}]
"""
DIGEST = images.image("app 1.0").digest


@pytest.fixture
def folder(workplace):
    (workplace / "sync.yml").write_text(FILE)
    return workplace


def explain(*arguments):
    return call(["explain", "-c", "sync.yml", *arguments])


@pytest.mark.usefixtures("folder")
def test_each_destination_is_told_with_the_lines_that_decide(capsys):
    assert explain("app", "1.0") == 0
    output, errors = capsys.readouterr()
    assert (
        output
        == """\
oci:source:team/app:1.0 -> oci:there:app: is not selected
  sync.yml:6:10  semver: 1.x     includes it: version 1.0 is in the range
  sync.yml:6:25  keep: latest 1  excludes it: it is number 2 of 2, and 1 are kept

oci:source:team/app:1.0 -> oci:there:named: is not selected
  does not match: no line names it

oci:source:team/app:1.0 -> oci:there:all: is selected
  includes it: there is no line, so every tag is selected
"""
    )
    assert errors == ""


@pytest.mark.usefixtures("folder")
def test_nothing_is_copied(folder):
    explain("app", "1.1")
    assert not (folder / "there").exists()


@pytest.mark.parametrize("tag", ["2.0", "team/app:2.0"])
@pytest.mark.usefixtures("folder")
def test_a_tag_may_be_written_with_its_repository(capsys, tag):
    assert explain("app", tag) == 0
    assert "oci:source:team/app:2.0 -> oci:there:named: is selected\n" in capsys.readouterr().out


@pytest.mark.parametrize("image", [DIGEST, f"team/app@{DIGEST}"])
@pytest.mark.usefixtures("folder")
def test_a_digest_can_be_explained(capsys, image):
    assert explain("app", image) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"oci:source:team/app@{DIGEST} -> oci:there:app: is not selected"


@pytest.mark.usefixtures("folder")
def test_a_stage_with_a_pattern_is_explained_for_one_repository(capsys):
    assert explain("stages[1]", "team/web:1.0") == 0
    assert (
        capsys.readouterr().out
        == """\
oci:source:team/web:1.0 -> oci:there:all/team/web: is selected
  sync.yml:15:70  glob: 1*  includes it: the whole tag matches
"""
    )


@pytest.mark.parametrize(
    ("repository", "line"),
    [
        (
            "team/old-test",
            "14:66  */*-test  excludes it: the whole name of the repository matches",
        ),
        (
            "other/app",
            "14:40  team/*  does not match: it is not the whole name of the repository",
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_repository_that_the_pattern_does_not_mean_is_told_with_the_line(
    capsys, repository, line
):
    assert explain("stages[1]", f"{repository}:1.0") == 0
    assert capsys.readouterr().out == (
        f"oci:source:{repository}:1.0: is not selected\n  sync.yml:{line}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("apps", "1.0"), "there is no stage `apps`; did you mean `app`?"),
        (("zzz", "1.0"), "there is no stage `zzz`; there are: `app`, `stages[1]`, `absent`"),
        (
            ("stages[1]", "1.0"),
            "the source of stage stages[1] is a pattern; write TAG as repository:tag",
        ),
        (("stages[1]", DIGEST), "is a pattern; write TAG as repository:tag"),
        (("stages[1]", ":1.0"), "is a pattern; write TAG as repository:tag"),
        (("stages[1]", "team/app:"), "`` is no tag and no digest"),
        (("stages[1]", "Team/app:1.0"), "`Team/app:1.0` is no image; use lower-case letters"),
        (("app", "team/web:1.0"), "stage app copies team/app, and not `team/web`"),
        (("app", "a b"), "`a b` is no tag and no digest; a tag is letters, digits and . _ - alone"),
        (("app", "sha256:12"), "`sha256:12` is no tag and no digest; a digest is sha256: and 64"),
        (("app",), "Missing argument 'TAG'."),
        ((), "Missing argument 'STAGE'."),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_wrong_call_is_told_with_what_to_do(capsys, arguments, sentence):
    assert explain(*arguments) == 2
    output, errors = capsys.readouterr()
    assert sentence in errors.splitlines()[-1]
    assert output == ""


@pytest.mark.usefixtures("folder")
def test_a_wrong_file_is_exit_2(capsys):
    with open("sync.yml", "a", encoding="utf-8") as file:  # noqa: PTH123 -- in the test's folder
        file.write("nonsense: 1\n")
    assert explain("app", "1.0") == 2
    assert capsys.readouterr().err.endswith("1 problem in sync.yml; nothing was done\n")


@pytest.mark.usefixtures("folder")
def test_a_layout_that_is_not_there_is_one_sentence(capsys):
    assert explain("absent", "1.0") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1
    assert "nowhere" in errors


@pytest.mark.usefixtures("folder")
def test_a_repository_that_is_not_there_is_one_sentence(capsys):
    assert explain("stages[1]", "team/nothing:1.0") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("oci:source has no repository team/nothing")
    assert errors.count("\n") == 1


class OutOfOrder(BaseHTTPRequestHandler):
    """A registry that is down, and says that it will be for longer than anyone waits."""

    def do_GET(self):
        self.send_response(503)
        self.send_header("Retry-After", "3600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        del arguments


@pytest.fixture
def down():
    with ThreadingHTTPServer(("127.0.0.1", 0), OutOfOrder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_registry_that_is_down_is_one_sentence(folder, down, capsys):
    registry = f'nowhere: {{url: "{down}", skip-tls-verify: true}}'
    file = folder / "sync.yml"
    file.write_text(FILE.replace('nowhere: {url: "oci:nowhere"}', registry))
    assert explain("absent", "1.0", "--log-level", "error") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"{down} answered 503")
    assert errors.count("\n") == 1


def test_a_stage_whose_tags_are_all_named_is_explained_without_the_source(folder, capsys):
    file = folder / "sync.yml"
    file.write_text(FILE.replace("repository: absent}", 'repository: absent, tags: ["1.0"]}'))
    assert explain("absent", "1.0") == 0
    assert "oci:there:absent: is selected" in capsys.readouterr().out
