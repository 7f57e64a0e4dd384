"""For any file of another tool: importing it succeeds or ends in one kind of error."""

from __future__ import annotations

import copy
import os
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.interop import examples, tools

from reposync.config.load import load
from reposync.errors import ConfigError
from reposync.interop.choice import Choice
from reposync.interop.importing import File, imported

FILES = {
    "dregsy": examples.DREGSY,
    "regsync": examples.REGSYNC,
    "image-syncer": examples.IMAGES,
    "skopeo": examples.SKOPEO,
}
JUNK = st.sampled_from(
    [
        *(None, "", [], {}, "x", ["x"], {"x": "y"}, "0", "true", "regex:(", "regex:.*", "a/b", "!"),
        *("semver: >=1", "keep: latest 3", "keep: latest 0", "docker.io", "*", "oci:x", "{{x}}"),
        *("$X", "https://a/b", "UPPER", "a:b@c", "é\x85", "sha256:00", "regex:\\Q", "@", "//"),
        *("regex:,", "regex:x,{a}", "semver: ", "keep: ", "<<", "\x1b[31m"),
    ]
)
SECRETS = ("s3cr3t", "alsosecret", "eyJ1c2Vy")


def places(tree, path=()):
    if path:
        yield path
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places(tree[key], (*path, key))


@st.composite
def damaged(draw, text):
    tree = copy.deepcopy(tools.read(text))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([*places(tree)] or [()]))
        parent = tree
        for step in path[:-1]:
            parent = parent[step]
        if path and draw(st.booleans()):
            parent[path[-1]] = copy.deepcopy(draw(JUNK))
        elif path:
            del parent[path[-1]]
    return yaml.safe_dump(tree)


@pytest.mark.parametrize("tool", FILES)
def test_a_damaged_file_is_refused_or_becomes_a_right_one_and_shows_no_secret(tool):
    choice = Choice(destination="d.example/m")

    @settings(deadline=None, max_examples=15)
    @given(damaged(FILES[tool]))
    def ends_well(text):
        auth = File("auth.yaml", examples.AUTH)
        done = None
        try:
            done = imported(File("f.yml", text), choice, None, auth=auth, allow_loss=True)
        except ConfigError as error:
            told = str(error)
        if done is not None:
            told = "\n".join([done.text, *map(str, done.lost), *map(str, done.notes)])
        assert not any(secret in told for secret in SECRETS)
        if done is None:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cfg.yml"
            path.write_text(done.text)
            load(os.fspath(path), {}, verify_only=True)

    ends_well()
