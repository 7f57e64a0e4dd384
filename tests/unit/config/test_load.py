from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import REGISTRIES, STAGES, with_keys, with_stages, with_tags

from reposync.config.load import load
from reposync.config.model import Config, Registry, Rule, Source, Stage
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reposync.config.load import Loaded

USERS_FILE = """\
registries:                      # a map: key -> registry; stages refer to the key
  dockerhub:
    url: index.docker.io         # host[:port]
    env_user: HUB_USER           # NAMES of environment variables, never the secrets themselves
    env_password: HUB_PASSWORD
  master:
    url: master:5000
    env_user: MASTER_USER
    env_password: MASTER_PASSWORD
    skip-tls-verify: true        # no certificate check; and a server that speaks no TLS is used over plain HTTP
  staging: {url: "staging:5000", env_user: STAGING_USER, env_password: STAGING_PASSWORD, skip-tls-verify: true}

stages:                          # a list; all run in parallel, but for depends_on
  - from: {source: dockerhub, repository: itisfoundation/sleeper}
    to:                          # one source, several destinations
      - {destination: master,  repository: simcore/services/comp/sleeper, tags: []}        # [] = every tag of the source
      - {destination: staging, repository: other/name/sleeper, tags: ["1.0.0", "2.0.1"]}   # or just these
    id: mirror-sleeper           # optional; unique; what depends_on names
  - from: {source: master, repository: simcore/services/comp/sleeper}
    to:
      - {destination: staging, repository: simcore/services/comp/sleeper, tags: ["1.0.0"]}
    depends_on: [mirror-sleeper] # starts when the named stages have ended, well or badly
"""  # noqa: E501 -- verbatim
VARIABLES = [
    f"{side}_{half}" for side in ("HUB", "MASTER", "STAGING") for half in ("USER", "PASSWORD")
]


def write(directory: Path, content: str | bytes) -> str:
    path = directory / "sync.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def refusal(path: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, {}, verify_only=False)
    return str(caught.value)


def test_the_file_that_users_have_means_what_it_always_meant(tmp_path: Path):
    loaded = load(write(tmp_path, USERS_FILE), dict.fromkeys(VARIABLES, "x"), verify_only=False)

    assert loaded.warnings == ()
    assert loaded.config == Config(
        registries={
            "dockerhub": Registry(
                url="index.docker.io", env_user="HUB_USER", env_password="HUB_PASSWORD"
            ),
            "master": Registry(
                url="master:5000",
                env_user="MASTER_USER",
                env_password="MASTER_PASSWORD",
                skip_tls_verify=True,
            ),
            "staging": Registry(
                url="staging:5000",
                env_user="STAGING_USER",
                env_password="STAGING_PASSWORD",
                skip_tls_verify=True,
            ),
        },
        stages=(
            Stage(
                source=Source(source="dockerhub", repository="itisfoundation/sleeper"),
                rules=(
                    Rule(
                        destination="master",
                        repository="simcore/services/comp/sleeper",
                        tags=(),
                    ),
                    Rule(
                        destination="staging",
                        repository="other/name/sleeper",
                        tags=("1.0.0", "2.0.1"),
                    ),
                ),
                id="mirror-sleeper",
            ),
            Stage(
                source=Source(source="master", repository="simcore/services/comp/sleeper"),
                rules=(
                    Rule(
                        destination="staging",
                        repository="simcore/services/comp/sleeper",
                        tags=("1.0.0",),
                    ),
                ),
                depends_on=("mirror-sleeper",),
            ),
        ),
    )


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(
    problems: Callable[[str], list[str]],
):
    text = """\
registries:
  a: {urll: a.example}
  b:
    url: b.example/
    env_user: NOT_SET
    env_password: A_PASSWORD
    url: b.example
stages:
  - from: {source: c, repository: UPPER}
    to: [{destination: a, repository: x, tags: [-1, [], x]}]
    depends_on: [nobody]
  - from: [a]
    to: {destination: z}
"""
    assert [line.partition(": ")[0] for line in problems(text)] == [
        "f.yml:2:7",
        "f.yml:5:15",
        "f.yml:7:5",
        "f.yml:9:20",
        "f.yml:9:35",
        "f.yml:10:49",
        "f.yml:10:53",
        "f.yml:11:18",
        "f.yml:12:11",
        "f.yml:13:9",
    ]


def test_one_mistake_is_told_once(problems: Callable[[str], list[str]]):
    text = REGISTRIES.replace("a.example", "[a.example]") + STAGES.replace("from: {", "from: a #")

    assert [line.partition(": ")[0] for line in problems(text)] == ["f.yml:2:12", "f.yml:5:11"]


def test_a_variable_that_is_not_set_is_a_warning_where_a_file_is_only_checked(
    load_text: Callable[..., Loaded],
):
    text = with_keys("    env_user: NO_USER\n    env_password: A_PASSWORD\n")

    loaded = load_text(text, verify_only=True)

    [warning] = loaded.warnings
    assert str(warning) == (
        "f.yml:5:15: registries.a.env_user: the environment variable `NO_USER` is not set; "
        "set it; an empty user means anonymous"
    )


def test_a_variable_that_is_set_and_empty_is_fine(tmp_path: Path):
    path = write(tmp_path, with_keys("    env_user: A\n    env_password: B\n"))

    assert load(path, {"A": "", "B": ""}, verify_only=False).warnings == ()


@pytest.mark.parametrize(
    "tag",
    ["1.10", "on", "0x10", "1_000", "2024-01-01", "null", "true", "1e3", "010", "0o7"],
)
def test_a_tag_is_the_text_that_stands_in_the_file(load_text: Callable[..., Loaded], tag: str):
    assert load_text(with_tags(f"[{tag}]")).config.stages[0].rules[0].tags == (tag,)


def test_an_id_is_the_text_that_stands_in_the_file(load_text: Callable[..., Loaded]):
    config = load_text(with_stages("id: 12:30:45", "id: 1.0, depends_on: [12:30:45]")).config

    assert [stage.id for stage in config.stages] == ["12:30:45", "1.0"]


@pytest.mark.parametrize("null", ["null", "~", "Null", "NULL"])
def test_a_null_leaves_an_optional_text_out(load_text: Callable[..., Loaded], null: str):
    assert load_text(with_stages(f"id: {null}")).config.stages[0].id is None


def test_a_null_in_quotes_is_a_text(load_text: Callable[..., Loaded]):
    assert load_text(with_stages("id: 'null'")).config.stages[0].id == "null"


@pytest.mark.parametrize("word", ["true", "Yes", "ON", "y", "'true'"])
def test_every_word_of_yaml_for_true_does(load_text: Callable[..., Loaded], word: str):
    registry = load_text(with_keys(f"    skip-tls-verify: {word}\n")).config.registries["a"]

    assert registry.skip_tls_verify is True


@pytest.mark.parametrize("word", ["false", "No", "OFF", "n", "'false'"])
def test_every_word_of_yaml_for_false_does(load_text: Callable[..., Loaded], word: str):
    registry = load_text(with_keys(f"    skip-tls-verify: {word}\n")).config.registries["a"]

    assert registry.skip_tls_verify is False


def test_a_tag_that_is_listed_twice_does_no_harm(load_text: Callable[..., Loaded]):
    assert load_text(with_tags("[a, a]")).config.stages[0].rules[0].tags == ("a", "a")


def test_one_source_may_write_a_tag_from_two_stages(load_text: Callable[..., Loaded]):
    stage = STAGES.replace("x/y}]", "x/y, tags: [a]}]")
    twice = REGISTRIES + stage + stage.removeprefix("stages:\n")

    assert len(load_text(twice).config.stages) == 2


def test_what_rules_without_tags_write_is_left_to_the_run(load_text: Callable[..., Loaded]):
    other = STAGES.replace("source: a, repository: x/y", "source: a, repository: z")
    both = REGISTRIES + STAGES + other.removeprefix("stages:\n")

    assert len(load_text(both).config.stages) == 2


def test_stages_may_join_again_without_making_a_circle(load_text: Callable[..., Loaded]):
    sides = ("id: two, depends_on: [one]", "id: three, depends_on: [one]")
    diamond = with_stages("id: one", *sides, "id: four, depends_on: [two, three]")

    assert len(load_text(diamond).config.stages) == 4


def test_a_chain_of_thousands_of_stages_is_no_problem(load_text: Callable[..., Loaded]):
    chain = with_stages(*(f"id: s{n}, depends_on: [s{n + 1}]" for n in range(2000)), "id: s2000")

    assert len(load_text(chain).config.stages) == 2001


def test_a_mirror_may_keep_docker_hub_as_a_part_of_its_repositories(
    load_text: Callable[..., Loaded],
):
    text = REGISTRIES + STAGES.replace("b, repository: x/y", "b, repository: docker.io/library/x")

    assert load_text(text).config.stages[0].rules[0].repository == "docker.io/library/x"


def test_a_dash_means_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REGISTRIES.encode())))

    assert refusal("-") == "<stdin>:1:1: stages: this key is missing; write a list"


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", None)

    assert refusal("-") == "<stdin>:1:1: the file cannot be read; standard input is closed"


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    path = str(tmp_path / "sync.yml")

    assert refusal(path) == f"{path}:1:1: there is no such file; check the path after -c"


def test_a_directory_is_told(tmp_path: Path):
    assert refusal(str(tmp_path)) == f"{tmp_path}:1:1: this is a directory; name a file in it"


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path, USERS_FILE)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("pathlib.Path.open", refuse)  # root may read everything

    assert refusal(path) == f"{path}:1:1: the file may not be read; check its permissions"


def test_a_path_that_cannot_be_one_is_told():
    assert refusal("a\0b") == "a\0b:1:1: the file cannot be read; embedded null byte"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: é".encode("latin-1"), "1:4: the byte 0xe9 (`é` in Windows-1252) is not UTF-8"),
        (b"a: b\r\n# \xc3\xa9\xe9\n", "2:4: the byte 0xe9 (`é` in Windows-1252) is not UTF-8"),
        (b"\xef\xbb\xbf\x81: b", "1:1: the byte 0x81 is not UTF-8"),
        (b"a:\n\n  b: \xe2\x82", "3:6: the byte 0xe2 (`â` in Windows-1252) is not UTF-8"),
        ("a: b".encode("utf-16"), "1:1: the file is UTF-16, must be UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_told_with_the_place_of_the_first_such_byte(
    tmp_path: Path, content: bytes, told: str
):
    path = write(tmp_path, content)

    assert refusal(path) == f"{path}:{told}; save the file as UTF-8"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path):
    path = write(tmp_path, b"\xef\xbb\xbf" + (REGISTRIES + STAGES).encode())

    assert load(path, {}, verify_only=False).warnings == ()


def test_a_file_that_is_too_large_is_told_without_reading_it_all():
    assert refusal("/dev/zero") == (
        "/dev/zero:1:1: the file is larger than 4 MiB; use several files"
    )


def test_loading_imports_nothing_that_only_a_run_needs():
    program = "import reposync.config.load, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert {"httptools", "asyncio", "click", "rich", "ssl"}.isdisjoint(done.stdout.decode().split())


def test_a_registry_may_be_called_by_a_number(problems: Callable[[str], list[str]]):
    text = 'registries: {7: {url: a}, 007: {}, +7: [], "\\0007": []}\n' + STAGES.replace(" a", " 7")

    assert [line.partition(": ")[2].partition(":")[0] for line in problems(text)] == [
        "registries.007.url",
        'registries["+7"]',
        'registries["\\u0000007"]',
        "stages[0].to[0].destination",
    ]


def test_what_is_wrong_below_an_empty_key_is_told_too(problems: Callable[[str], list[str]]):
    text = 'registries: {a: {url: a}, b: {url: b}, "": {uri: []}}\n' + STAGES

    assert [line.partition(": ")[2].partition(":")[0] for line in problems(text)] == [
        'registries[""]',
        'registries[""].uri',
    ]
