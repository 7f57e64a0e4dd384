"""Write the published schema and the configuration reference, both made from the model.

With ``--check`` nothing is written: the exit code is 1 where a file differs from what it would be.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reposync.config.compose import LIMIT_DEPTH, LIMIT_NODES
from reposync.config.reading import LIMIT_BYTES
from reposync.config.schema import (
    Schema,
    child,
    resolved,
    schema,
    takes_boolean,
    takes_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

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
HEAD = f"""\
<!-- Written by dev/generate_docs.py from src/reposync/config/model.py. -->

# Configuration file

`run-reposync -c FILE` reads one YAML file, or standard input for `-c -`. JSON is YAML too.

```yaml
{EXAMPLE}```

**Check it before it runs.** `run-reposync -c FILE --verify-only` contacts no registry and tells
everything that is wrong at once, each with its line, its column, its key and what to do:

```text
sync.yml:14:22: stages[0].to[0].destination: unknown registry `mastr`; did you mean `master`?
```

**Let your editor check it as you type.** `run-reposync schema > reposync.schema.json` writes the
JSON Schema of the file; the comment in the example's first line shows it to editors that use the
YAML language server. An editor and reposync accept the same files, but for one thing: a key with
nothing behind it is an error here, where an editor may take it for `null`.

**Texts need no quotes.** A text is what stands in the file, whatever YAML would make of it: an
unquoted `1.10` is the tag 1.10, `on` is the tag on, and so are `0x10`, `1_000`, `2024-01-01` and
`null`. For an optional text, an unquoted `null` or `~` means that it is not given. Where `true` or
`false` is wanted, YAML's other words for them, such as `yes` and `off`, do as well.

**Anchors, aliases and merge keys work**, so what is the same need be written once:

```yaml
{ANCHORS}```

What else YAML offers is refused: a key that stands twice, several documents in a file, tags such
as `!!python/object`. So are a file of more than {LIMIT_BYTES // 2**20} MiB, lists and maps that
stand in one another more than {LIMIT_DEPTH} deep, and a file that means more than
{LIMIT_NODES:,} values once its aliases are followed.

**Secrets stay out of the file.** It names environment variables. One that is named and not set
stops the run before it contacts anything; under `--verify-only` it is a warning.
"""


def reference(root: Schema) -> str:
    """Write the configuration reference of the schema *root*."""
    sections = (_section(title, part, root) for title, part in _structures("", root, root))
    return "\n".join([HEAD, *sections])


def outputs() -> dict[Path, str]:
    """Give all that is generated, by the file it belongs to."""
    root = schema()
    return {
        ROOT / "schema" / "reposync.schema.json": json.dumps(root, indent=2) + "\n",
        ROOT / "docs" / "configuration.md": reference(root),
    }


def main() -> int:
    """Write what is generated, or compare it with what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    is_check = parser.parse_args().check
    stale = [path for path, text in outputs().items() if not _holds(path, text)]
    for path in stale:
        name = path.relative_to(ROOT)
        if is_check:
            print(f"{name} is stale: run dev/generate_docs.py", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(outputs()[path], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if stale and is_check else 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _structures(title: str, part: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    """Give everything that has keys of its own, and where it stands in the file."""
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


def _section(title: str, part: Schema, root: Schema) -> str:
    heading = f"`{title}`" if title else "The keys of the file"
    rows = [
        f"| `{key}` | {_type(value, root)} | {_default(key, part)} | {value['description']} "
        f"| {_example(key, value)} |"
        for key, value in part["properties"].items()
    ]
    intro = [] if not title else [part["description"], ""]
    table = [
        "| key | type | default | meaning | example |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]
    return "\n".join([f"## {heading}", "", *intro, *table, ""])


def _type(part: Schema, root: Schema) -> str:
    part = resolved(part, root)
    if takes_text(part):
        return "text"
    if takes_boolean(part):
        return "true or false"
    return f"list of {_type(part['items'], root)}s" if part["type"] == "array" else "map"


def _default(key: str, part: Schema) -> str:
    if key in part.get("required", ()):
        return "required"
    default = part["properties"][key].get("default")
    return "none" if default is None else f"`{json.dumps(default)}`"


def _example(key: str, part: Schema) -> str:
    return "<br>".join(f"`{key}: {_written(value)}`" for value in part.get("examples", ()))


def _written(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
