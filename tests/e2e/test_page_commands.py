"""The commands that the pages show: each is one that there is.

What other programs are asked is run in `test_page_programs`, and the tutorial in `test_tutorial`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from tests.calls import taken_apart
from tests.development import ROOT
from tests.e2e.pages import commands_of_pages

# What is said of docker is asked of podman, which takes the same options, where it is there.
DOCKER = {
    "build": {"--tag": 1, "--build-arg": 1},
    "buildx build": {"--tag": 1, "--platform": 1, "--push": 0},
    "run": dict.fromkeys(["--rm", "--read-only"], 0)
    | dict.fromkeys(["--cap-drop", "--security-opt", "--volume", "--env", "--user"], 1),
    "compose up": {"--build": 0, "--exit-code-from": 1},
    "compose run": {"--rm": 0},
    "compose down": {"--volumes": 0},
}
LIKE_DOCKER = {"build": ["podman", "build"], "run": ["podman", "run"]}
KUBECTL = Path(sys.executable).with_name("kubectl")
PODMAN_COMPOSE = Path(sys.executable).with_name("podman-compose")
# Programs of which a test runs what the page shows.
RUN = {
    "how-to/promote/air-gap.md": {"skopeo", "umoci"},
    "how-to/promote/environments.md": {"skopeo"},
    "how-to/operate/reports.md": {"jq"},
    "how-to/connect/private-ca.md": {"cat"},
    "how-to/connect/doctor.md": {"jq"},
}
CHECKED = {"run-reposync", "make", "pip", "docker", "kubectl", "export", "source"}
NOT_RUN = {
    "cosign verify --key cosign.pub registry.example.com/tools/cosign:v2.4.1": (
        "no package of Debian or PyPI has cosign"
    ),
    "echo staging.example.com": "stands before the next",
    "envsubst < cfg.yml.in": "of gettext, which fills in a file for the next",
    "docker-credential-pass get": "a helper of docker's, which asks a store of passwords",
}


def shown(*programs):
    """Every command of one of *programs*, for a test of each."""
    return [
        pytest.param(block, command, id=f"{block}: {' '.join(command)}")
        for block, command in commands_of_pages()
        if command[0] in programs
    ]


def check_call(arguments):
    """Make sure that the command takes *arguments*; raises what it would tell a user."""
    taken_apart(arguments)


def parsed(options, words):
    """Take options from the beginning of *words*: those, by name, and the rest."""
    found = []
    while words and words[0].startswith("-"):
        option, *words = words
        name, equals, value = option.partition("=")
        found.append((name, value))
        if not equals and options[name]:
            found[-1], words = (name, words[0]), words[1:]
    return found, words


def test_every_command_is_run_or_checked():
    unknown = [
        " ".join(command)
        for block, command in commands_of_pages()
        if command[0] not in CHECKED | RUN.get(block.page, set())
    ]
    assert set(unknown) == set(NOT_RUN)


@pytest.mark.parametrize(("block", "command"), shown("run-reposync"))
def test_a_call_that_a_page_shows_is_one(block, command, monkeypatch):
    del block
    monkeypatch.setenv("REPOSYNC_CONFIG", "cfg.yml")
    check_call(command[1:])


@pytest.mark.parametrize(("block", "command"), shown("make"))
def test_what_a_page_makes_can_be_made(block, command):
    del block
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(command[1:]) <= targets


@pytest.mark.parametrize(("block", "command"), shown("pip"))
def test_an_extra_that_a_page_installs_is_there(block, command):
    del block
    (what,) = command[2:]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.fullmatch(r"(?:\.|run-reposync)(?:\[(.*)\])?", what)
    assert named is not None
    assert set(filter(None, (named[1] or "").split(","))) <= set(extras["optional-dependencies"])


@pytest.mark.parametrize(("block", "command"), shown("export"))
def test_a_variable_that_a_page_exports_is_one_that_is_heeded(block, command):
    del block
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    assert all(f"`{word.partition('=')[0]}`" in page for word in command[1:])


@pytest.mark.parametrize(("block", "command"), shown("docker"))
def test_a_call_of_docker_is_one(block, command, monkeypatch):
    del block
    verb = " ".join(command[1 : 2 + (command[1] in {"buildx", "compose"})])
    options, words = parsed(DOCKER[verb], command[1 + len(verb.split()) :])
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    arguments = re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name, value in options:
        if name == "--build-arg":
            assert value.partition("=")[0] in arguments
        if name == "--exit-code-from":
            assert value in compose
    if verb == "run":
        assert words[0] == "reposync"
        monkeypatch.setenv("REPOSYNC_CONFIG", "/etc/cfg.yaml")
        check_call(words[1:])
    elif verb.startswith("compose"):
        assert set(words) <= set(compose)
    else:
        assert words == ["."]


@pytest.mark.parametrize("verb", DOCKER)
def test_options_of_docker_are_there(verb):
    name, _, of_compose = verb.partition(" ")
    like = [PODMAN_COMPOSE, of_compose] if name == "compose" else LIKE_DOCKER.get(name)
    if like is None or shutil.which(like[0]) is None:
        pytest.skip("there is nothing here that is like it")
    told = subprocess.run([*like, "--help"], capture_output=True, text=True, check=True).stdout
    assert [option for option in DOCKER[verb] if f"{option}" not in told] == []


@pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl is not there")
@pytest.mark.parametrize(("block", "command"), shown("kubectl"))
def test_a_call_of_kubectl_is_one(block, command):
    del block
    options = {word.partition("=")[0] for word in command if word.startswith("-")}
    named = subprocess.run(
        [KUBECTL, *command[1:], "--help"], capture_output=True, text=True, check=True
    ).stdout
    everywhere = subprocess.run([KUBECTL, "options"], capture_output=True, text=True, check=True)
    assert "Examples:" in named
    known = set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)=", named + everywhere.stdout, re.MULTILINE))
    assert options <= known
