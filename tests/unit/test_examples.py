"""The example of the development registries: it needs just what `.env.example` sets."""

from __future__ import annotations

from tests.development import ROOT

from reposync.config.load import load


def test_the_example_of_the_development_registries_needs_just_what_env_example_sets():
    lines = (ROOT / ".env.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    loaded = load(str(ROOT / "dev" / "dev-sync-cfg.yml"), environ, verify_only=False)

    named = {
        variable
        for registry in loaded.config.registries.values()
        for variable in (registry.env_user, registry.env_password)
    }
    assert named == set(environ)
