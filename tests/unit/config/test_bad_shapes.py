# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import REGISTRIES, STAGES, with_keys, with_stages, with_tags, with_url

if TYPE_CHECKING:
    from collections.abc import Callable

# What is wrong, a file, and all that is said of it.
BAD_FILES = (
    (
        "a list as file",
        "- a\n",
        ["f.yml:1:1: the file is a list, must be a map; write `key: value` lines without `- `"],
    ),
    (
        "a text as file",
        "registries\n",
        ["f.yml:1:1: the file is a text, must be a map; write the keys `registries`, `stages`"],
    ),
    (
        "no keys",
        "{}\n",
        [
            "f.yml:1:1: registries: this key is missing; write a map",
            "f.yml:1:1: stages: this key is missing; write a list",
        ],
    ),
    (
        "an unknown key",
        REGISTRIES + STAGES + "version: 1\n",
        [
            "f.yml:7:1: version: unknown key; the keys here are `registries`, `stages`, `defaults`, `fail_on`, `relay`"
        ],
    ),
    (
        "an unknown key of a stage",
        with_stages("cron: [x]"),
        [
            "f.yml:5:81: stages[0].cron: unknown key; the keys here are `from`, `to`, `id`, `depends_on`, `relay`, `tags`, `tag`, `platforms`, `platform_mode`, `referrers` and 3 more"
        ],
    ),
    (
        "a misspelt key that is needed",
        REGISTRIES.replace("url: a", "urll: a") + STAGES,
        ["f.yml:2:7: registries.a.urll: unknown key; did you mean `url`?"],
    ),
    (
        "a dash that should not be",
        with_keys("    env-user: A_USER\n    env_password: A_PASSWORD\n"),
        ["f.yml:5:5: registries.a.env-user: unknown key; did you mean `env_user`?"],
    ),
    (
        "a dash that is missing",
        with_keys("    skip_tls_verify: true\n"),
        ["f.yml:5:5: registries.a.skip_tls_verify: unknown key; did you mean `skip-tls-verify`?"],
    ),
    (
        "a missing text",
        REGISTRIES.replace("url: a.example", "") + STAGES,
        [
            "f.yml:2:6: registries.a.url: this key is missing; write, for example, `url: index.docker.io`"
        ],
    ),
    (
        "a missing map",
        REGISTRIES + "stages:\n  - to: [{destination: b, repository: x}]\n",
        ["f.yml:5:5: stages[0].from: this key is missing; write the keys `source`, `repository`"],
    ),
    (
        "a missing list",
        REGISTRIES + "stages:\n  - from: {source: b, repository: x}\n",
        ["f.yml:5:5: stages[0].to: this key is missing; write a list"],
    ),
    (
        "a list for a text",
        with_url("[a.example]"),
        [
            "f.yml:1:23: registries.a.url: is a list, must be a text; write one text, without `- ` and [ ]"
        ],
    ),
    (
        "a map for a text",
        with_stages("depends_on: [one: 1]"),
        [
            "f.yml:5:94: stages[0].depends_on[0]: is a map, must be a text; write one text, in quotes if it begins with `{` or holds `: `"
        ],
    ),
    (
        "a template for a text",
        with_url("{{ URL }}"),
        [
            "f.yml:1:23: registries.a.url: is a map, must be a text; write one text, in quotes if it begins with `{` or holds `: `",
            "f.yml:1:24: registries.a.url: a key must be a text; put a text that begins with { or [ in quotes",
        ],
    ),
    (
        "a text for a list",
        with_tags("1.10"),
        ["f.yml:6:50: stages[0].to[0].tags: is a text, must be a list; write [1.10]"],
    ),
    (
        "an odd text for a list",
        with_tags("'a, b'"),
        ['f.yml:6:50: stages[0].to[0].tags: is a text, must be a list; write ["a, b"]'],
    ),
    (
        "a long text for a list",
        with_tags("v" * 60),
        [
            "f.yml:6:50: stages[0].to[0].tags: is a text, must be a list; write each entry behind `- `"
        ],
    ),
    (
        "true for patterns of immutable tags",
        with_stages("immutable: true"),
        [
            'f.yml:5:92: stages[0].immutable: is a text, must be a list; write patterns of tags, ["*"] for every tag, or [] for none'
        ],
    ),
    (
        "no for tags",
        with_tags("no"),
        [
            "f.yml:6:50: stages[0].to[0].tags: is a text, must be a list; write tags, or [] for every tag"
        ],
    ),
    (
        "true for another list",
        with_stages("depends_on: true"),
        ["f.yml:5:93: stages[0].depends_on: is a text, must be a list; write a list"],
    ),
    (
        "a map for a list",
        REGISTRIES + "stages:\n  from: {source: a, repository: x}\n",
        ["f.yml:5:3: stages: is a map, must be a list; begin each entry with `- `"],
    ),
    (
        "a list for a map",
        "registries:\n  - a: {url: a.example}\n" + STAGES,
        ["f.yml:2:3: registries: is a list, must be a map; write `key: value` lines without `- `"],
    ),
    (
        "a text for a map",
        REGISTRIES + STAGES.replace("{source: a, repository: x/y}", "a"),
        [
            "f.yml:5:11: stages[0].from: is a text, must be a map; write the keys `source`, `repository`"
        ],
    ),
    (
        "a text for all registries",
        "registries: a.example\n" + STAGES,
        ["f.yml:1:13: registries: is a text, must be a map; write `key: value` lines"],
    ),
    (
        "a text for true or false",
        with_keys("    skip-tls-verify: maybe\n"),
        ["f.yml:5:22: registries.a.skip-tls-verify: is `maybe`, must be true or false"],
    ),
    (
        "a list for true or false",
        with_keys("    skip-tls-verify: [true]\n"),
        ["f.yml:5:22: registries.a.skip-tls-verify: is a list, must be true or false"],
    ),
    (
        "no value for true or false",
        with_keys("    skip-tls-verify:\n"),
        [
            "f.yml:5:21: registries.a.skip-tls-verify: has no value; write true or false, or leave the key out"
        ],
    ),
    (
        "no value for tags",
        with_tags(""),
        ["f.yml:6:50: stages[0].to[0].tags: has no value; write [] for every tag"],
    ),
    (
        "null for tags",
        with_tags("null"),
        ["f.yml:6:50: stages[0].to[0].tags: has no value; write [] for every tag"],
    ),
    (
        "no value for a list",
        with_stages("depends_on: "),
        ["f.yml:5:93: stages[0].depends_on: has no value; write a list, or leave the key out"],
    ),
    (
        "no value for a text",
        with_url(""),
        ["f.yml:1:23: registries.a.url: has no value; write a text"],
    ),
    (
        "no value for a text that may be left out",
        with_stages("id: "),
        ["f.yml:5:85: stages[0].id: has no value; write a text, or leave the key out"],
    ),
    (
        "no value for a map",
        REGISTRIES + STAGES.replace("{source: a, repository: x/y}", ""),
        ["f.yml:5:10: stages[0].from: has no value; write the keys `source`, `repository`"],
    ),
    (
        "no value in a list",
        REGISTRIES + STAGES + "    depends_on:\n      -\n",
        ["f.yml:8:8: stages[0].depends_on[0]: has no value; write a text"],
    ),
    (
        "an empty text",
        with_url("''"),
        ["f.yml:1:23: registries.a.url: is an empty text; write a text"],
    ),
    (
        "an empty list",
        REGISTRIES + "stages: []\n",
        ["f.yml:4:9: stages: is an empty list; write at least one entry"],
    ),
    (
        "an empty map",
        "registries: {}\n" + STAGES,
        ["f.yml:1:13: registries: is an empty map; write at least one key"],
    ),
    (
        "an empty key",
        REGISTRIES.replace("a:", '"":') + STAGES.replace("a, repository: x/y", "b, repository: z"),
        ['f.yml:2:3: registries[""]: a key cannot be an empty text; name it'],
    ),
)


@pytest.mark.parametrize(
    ("text", "told"), [pytest.param(*rest, id=name) for name, *rest in BAD_FILES]
)
def test_what_the_schema_does_not_allow_is_told_with_its_key_and_what_to_do(
    problems: Callable[[str], list[str]], text: str, told: list[str]
):
    assert problems(text) == told
