"""What reposync copies by a file, of what registries hold: pairs of source and destination."""

from __future__ import annotations

import tempfile
from pathlib import Path

from reposync.config.load import load
from reposync.interop.choice import Choice
from reposync.interop.importing import File, imported
from reposync.sync.expand import expanded
from reposync.sync.select import select
from reposync.wiring.stages import stages_of


def ours(text, catalog):
    """The file is loaded as the command loads it, so it has to be a right one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cfg.yml"
        path.write_text(text)
        config = load(str(path), {}, verify_only=True).config
    found = set()
    for stage in stages_of(config):
        host = stage.source.reference.registry
        names = [it.partition("/")[2] for it in catalog if it.startswith(f"{host}/")]
        for pair in expanded(stage, names):
            tags = catalog.get(pair.source.reference.name, [])
            for name, destination_rules in select(pair.rules, tags).images.items():
                source = str(pair.source.reference.naming(name))
                for each in destination_rules:
                    goal = each.place.reference.naming(each.tag or name)
                    found.add((source, str(goal)))
    return found


def from_peer(text, choice=None, *, auth=None, tool=None, allow_loss=False):
    other = None if auth is None else File("auth.yaml", auth)
    return imported(
        File("peer.yml", text), choice or Choice(), tool, auth=other, allow_loss=allow_loss
    )


def told(problems):
    """Each with its line and its key, as a user sees it."""
    return [str(problem) for problem in problems]
