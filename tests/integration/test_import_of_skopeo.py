"""skopeo itself copies by its file, and reposync by what it made of that: the same is there."""

from __future__ import annotations

from tests import images
from tests.e2e.command import run
from tests.servers.skopeo import _run, skopeo_tags

REPOSITORIES = {
    "named": ("1.2.3", "2.0.0", "latest"),
    "all": ("1.2.3", "latest"),
    "found": ("1.2.3", "1.20.1", "11.25.0-alpine", "latest"),
    "begun": ("1.2.3", "11.2", "latest", "edge"),
}
FILE = r"""
{host}:
  images:
    {name}/named: ["1.2.3", latest]
    {name}/all: []
  images-by-tag-regex:
    {name}/found: 1\.2[0-9]*\.
    {name}/begun: ^1\.2|t$
  tls-verify: false
"""


async def test_both_bring_the_same_tags_to_the_same_places(here, there, name, tmp_path):
    for repository, tags in REPOSITORIES.items():
        await here.publish(f"{name}/{repository}", [images.image(repository)], *tags)
    file, ours = tmp_path / "skopeo.yml", tmp_path / "ours.yml"
    file.write_text(FILE.format(host=here.host, name=name))
    call = ["sync", "--src", "yaml", "--dest", "docker", "--all", "--dest-tls-verify=false"]
    _run([*call, str(file), f"{there.host}/theirs/{name}"], None)

    options = ["--destination", f"{there.host}/ours/{name}", "--platform", "all"]
    assert run("import", str(file), "-o", str(ours), *options).returncode == 0
    said = f'url: "{there.host}"'
    plain = f"{said}, skip-tls-verify: true"  # as was said to skopeo in its call
    ours.write_text(ours.read_text().replace(said, plain))
    done = run("-c", str(ours), cwd=tmp_path, REPOSYNC_LEDGER="")
    assert done.returncode == 0, done.stdout

    for repository in REPOSITORIES:
        theirs, mine = (f"{there.host}/{it}/{name}/{repository}" for it in ("theirs", "ours"))
        assert skopeo_tags(mine) == skopeo_tags(theirs)
