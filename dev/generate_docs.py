"""Write what is made from the code: the schemas, the configuration reference, the manual page.

With ``--check`` nothing is written: the exit code is 1 where a file differs from what it would be.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dev.doctor_schema import doctor_schema
from dev.man_page import man_page
from dev.plan_schema import plan_schema
from dev.schema_of_model import made

from reposync.config.compose import LIMIT_DEPTH, LIMIT_NODES
from reposync.config.inheritance import DEFAULTS
from reposync.config.options import StageOptions
from reposync.config.reading import LIMIT_BYTES
from reposync.config.schema import (
    FILE,
    INTEGER,
    Schema,
    child,
    resolved,
    takes_boolean,
    takes_number,
    takes_text,
)
from reposync.report.verification_json import verification_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED = StageOptions.__struct_fields__
_PLAIN = re.compile(r"\w[\w./*+ -]*(?::[\w./-]+)?")
ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = """\
# yaml-language-server: $schema=reposync.schema.json
registries:
  dockerhub:
    url: index.docker.io
    env_user: HUB_USER             # the names of environment variables
    env_password: HUB_PASSWORD
  master:
    url: registry.example.com:5000

stages:
  - id: mirror-sleeper
    from: {source: dockerhub, repository: itisfoundation/sleeper}
    to:
      - destination: master
        repository: simcore/services/comp/sleeper
        tags: [1.0.0, 2.0.1]       # [] copies every tag
"""
ANCHORS = """\
registries:
  dockerhub: {url: docker.io}
  master: &ours
    url: master.example.com
    env_user: OUR_USER
    env_password: OUR_PASSWORD
  staging:
    <<: *ours
    url: staging.example.com

stages:
  - from: {source: dockerhub, repository: library/alpine}
    to:
      - {destination: master, repository: base/alpine, tags: &versions ["3.20", "3.21"]}
      - {destination: staging, repository: base/alpine, tags: *versions}
"""
OPTIONS = """\
registries:
  master: {url: master.example.com}
  staging: {url: staging.example.com}
  usb: {url: "oci:/media/usb/bundle.tar"}    # an image layout, used like a registry

defaults:
  tags: ["semver: >=1.2 <2", "keep: latest 3"]
  immutable: ["v*"]
  platforms: [linux/amd64, linux/arm64]

stages:
  - from: {source: master, repository: team/*, exclude: [team/*-test]}
    referrers: false                         # for both destinations
    to:
      - {destination: staging, repository: "{repository}"}
      - {destination: usb, repository: "{basename}", platforms: [linux/amd64]}
  - from: {source: master, repository: base/alpine}
    to:
      - {destination: staging, repository: base/alpine, tags: []}    # every tag, not the defaults'
"""
HEAD = f"""\
<!-- Written by dev/generate_docs.py from src/reposync/config/model.py. -->

# Configuration file

`run-reposync -c FILE` reads a YAML file, or standard input with `-c -`. JSON is accepted as well.

```yaml
{EXAMPLE}```

## Check the file

`run-reposync -c FILE --verify-only` contacts no registry. It reports all mistakes at once, each
with its line, column and key, and a suggestion:

```text
sync.yml:14:22: stages[0].to[0].destination: unknown registry `mastr`; did you mean `master`?
```

To check the file in your editor as you type, write the JSON Schema with `run-reposync schema >
reposync.schema.json`. The comment in the first line of the example refers to it, for editors that
use the YAML language server. An editor and reposync accept the same files, with one exception: a
key without a value is an error in reposync, and may be `null` for an editor.

## Strings and quotes

Strings need no quotes. A string is taken literally, independent of the type that YAML would
infer: an unquoted `1.10` is the tag 1.10, `on` is the tag on, and the same applies to `0x10`,
`1_000`, `2024-01-01` and `null`. For an optional string, an unquoted `null` or `~` means that it
is not set. Booleans can be any of YAML's words, such as `yes` and `off`. Numbers are decimal,
with or without quotes.

Some strings do need quotes, because their characters have a special meaning in YAML: those that
begin with one of `> | ! & * % @ [ {{ #` or contain `: `; within brackets, also those that contain
`{{`, `[` or a comma. A selector can also be a map with one key, `semver: ^1.2`, which is how YAML
reads it without quotes; the text after the `:` then follows the same rules. If quotes are
missing, the message shows the correct line:

```text
sync.yml:16:24: a text cannot begin with `>`; put it in quotes: `semver: '>=1.2'`
```

## Avoid repetition

[Options](#options) can be set at a destination, at its stage, or under `defaults`. For each key,
the nearest value is used:

```yaml
{OPTIONS}```

For everything else, use anchors, aliases and merge keys:

```yaml
{ANCHORS}```

## Several files

`-c` can be repeated, for example to keep the registries in one file and each team's stages in
another: `run-reposync -c registries.yml -c shop.yml -c search.yml`. The files are read as if they
were one:

- `registries` and `stages` are merged, the stages in the order of the files. A file can refer to
  a registry of another file, and depend on a stage of another file.
- The key of a registry and the `id` of a stage must be unique across all files.
- Every other top-level key, such as `defaults`, can be in one of the files only, and applies to
  all of them.
- Mistakes in all files are reported at once, each with the name of its file:

```text
shop.yml:2:3: registries.dockerhub: duplicate key, first defined in registries.yml:3; keep one
```

## Limits

These YAML features are rejected: duplicate keys, several documents in a file, and tags such as
`!!python/object`. The limits are {LIMIT_BYTES // 2**20} MiB for a file, {LIMIT_DEPTH} levels of
nested lists and maps, and {LIMIT_NODES:,} values after aliases are resolved.

## Environment variables

`$NAME` and `${{NAME}}` are not expanded. If one is found in place of a host, a tag or another
value, the error says so. To use values that differ between environments, generate the file with a
program such as `envsubst`, and read it with `-c -`.

Secrets are not in the file. It names environment variables, and
[files with certificates and keys](../how-to/connect/private-ca.md). If a variable is not set, or a
file cannot be used, the run ends before it contacts any registry. With `--verify-only`, this is a
warning.
"""
OPTIONS_HEAD = """\
## Options

Each of these keys can be set at a destination (`stages[].to[]`); at a stage, for all its
destinations; or under `defaults`, for all stages. For each key, the nearest value is used. An
empty list is a value, too. Keys that apply to a stage as a whole cannot be set at a destination.

[Selecting](selecting.md) describes the selectors of `tags`.
"""


def reference(root: Schema) -> str:
    """Write the configuration reference of the schema *root*."""
    structures = [each for each in _structures("", root, root) if not _is_shared(each[0])]
    sections = [_section(title, part, root) for title, part in structures]
    return "\n".join([HEAD, *sections, _options(root)])


def fragments(root: Schema) -> Iterator[tuple[str, str, str]]:
    """Return each example of a key: where it is, the key, and the example as it is shown."""
    for title, part in _structures("", root, root):
        for key, value in part["properties"].items():
            for example in value.get("examples", ()):
                write = _in_lines if key in _SHARED else _in_line
                yield title, key, write(key, example)


def outputs() -> dict[Path, str]:
    """Return all that is generated, by the file it belongs to."""
    root = made()
    return {
        FILE: _json(root),
        ROOT / "docs" / "reference" / "configuration.md": reference(root),
        ROOT / "docs" / "assets" / "doctor.schema.json": _json(doctor_schema()),
        ROOT / "docs" / "assets" / "plan.schema.json": _json(plan_schema()),
        ROOT / "docs" / "assets" / "verification.schema.json": _json(verification_schema()),
        ROOT / "src" / "man" / "run-reposync.1": man_page(),
    }


def _json(document: Schema) -> str:
    return json.dumps(document, indent=2) + "\n"


def main() -> int:
    """Write what is generated, or compare it with what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    is_check = parser.parse_args().check
    stale = [path for path, text in outputs().items() if not _holds(path, text)]
    for path in stale:
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is stale: run python -m dev.generate_docs", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outputs()[path], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if stale and is_check else 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _structures(title: str, part: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    """Return everything that has keys of its own, and where it is in the file."""
    part = resolved(part, root)
    if "properties" in part and not takes_text(part):
        yield title, part
        for key in part["properties"]:
            name = f"{title}.{key}".removeprefix(".")
            yield from _structures(name, child(part, key, root), root)
    elif isinstance(part.get("additionalProperties"), dict):
        yield from _structures(f"{title}.KEY", part["additionalProperties"], root)
    elif part.get("type") == "array":
        yield from _structures(f"{title}[]", part["items"], root)


def _is_shared(title: str) -> bool:
    """Return whether what is at *title* is shown with the options."""
    return title == "defaults" or title.rpartition(".")[2] in _SHARED


def _section(title: str, part: Schema, root: Schema) -> str:
    heading = f"`{title}`" if title else "Top-level keys"
    own = {key: value for key, value in part["properties"].items() if key not in _SHARED}
    intro = [] if not title else [part["description"], ""]
    more = [] if len(own) == len(part["properties"]) else ["Also the [options](#options).", ""]
    return "\n".join([f"## {heading}", "", *intro, *_table(own, part, root), *more])


def _table(keys: Schema, part: Schema, root: Schema) -> list[str]:
    rows = [
        f"| `{key}` | {_type(value, root)}; {_default(key, part)} | {value['description']}"
        f"{_examples(key, value)} |"
        for key, value in keys.items()
    ]
    head = ["| key | type; default | meaning, and examples |", "| --- | --- | --- |"]
    return [*head, *rows, ""]


def _options(root: Schema) -> str:
    """Describe the keys that are at several places, each under a heading of its own."""
    properties = root["$defs"]["StageOptions"]["properties"].items()
    return "\n".join([OPTIONS_HEAD, *(_option(key, part, root) for key, part in properties)])


def _option(key: str, part: Schema, root: Schema) -> str:
    kind = _type(part, root)
    default = _written(_plain(getattr(DEFAULTS, key)))
    examples = "# or\n".join(f"{_in_lines(key, value)}\n" for value in part["examples"])
    keys = _table(part["properties"], part, root) if "properties" in part else []
    return "\n".join(
        [
            *(f"### `{key}`", "", f"{kind[0].upper()}{kind[1:]}; `{default}` by default.", ""),
            *(part["description"], "", f"```yaml\n{examples}```", "", *keys),
        ]
    )


def _type(part: Schema, root: Schema) -> str:
    part = resolved(part, root)
    if words := [word for word in part.get("enum", ()) if word]:
        *some, last = (f"`{word}`" for word in words)
        return f"{', '.join(some)} or {last}"
    if takes_text(part):
        return "string"
    if takes_number(part):
        return "integer" if part["type"] == INTEGER else "number"
    if takes_boolean(part):
        return "true, false or a map" if "properties" in part else "true or false"
    if part["type"] == "array":
        items = part["items"]
        return f"list of {_type(items, root)}" + ("" if "enum" in items else "s")
    return "map"


def _default(key: str, part: Schema) -> str:
    if key in part.get("required", ()):
        return "required"
    default = part["properties"][key].get("default")
    return "none" if default is None else f"`{_written(_plain(default))}`"


def _examples(key: str, part: Schema) -> str:
    return "".join(f"<br>`{_in_line(key, value)}`" for value in part.get("examples", ()))


def _in_line(key: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    return f"{key}: {_written(value)}"


def _in_lines(key: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    """Write what needs quotes or nests in lines of its own."""
    if isinstance(value, list) and not all(_is_plain(each) for each in value):
        return "\n".join([f"{key}:", *(f"  - {_entry(each)}" for each in value)])
    if isinstance(value, dict):
        return "\n".join([f"{key}:", *(f"  {_in_line(*entry)}" for entry in value.items())])
    return _in_line(key, value)


def _entry(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, dict) and len(value) == 1:
        return _in_line(*next(iter(value.items())))
    return _written(value)


def _written(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(_in_line(*entry) for entry in value.items())}}}"
    if isinstance(value, str):
        return value if _is_plain(value) else "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 -- JSON
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


def _plain(value: Any) -> Any:  # noqa: ANN401 -- JSON
    return list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    sys.exit(main())
