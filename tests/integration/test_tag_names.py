"""Tags that get other names, over real registries; what is there is read by skopeo and crane."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

import pytest
from tests import images
from tests.e2e.command import run
from tests.integration.sites import fake, mirror, sync
from tests.servers import environment, packages
from tests.servers.skopeo import skopeo_digest, skopeo_tags

from reposync.config.options import NamedTag
from reposync.copy.outcome import Status
from reposync.oci.referrers import cosign_tags

LATEST = NamedTag(tag="latest", names=("edge", "main"))
WRITES = {"POST", "PUT", "PATCH"}
REGSYNC = """\
version: 1
creds:
  - {{registry: "{here}", tls: disabled}}
  - {{registry: "{there}", tls: disabled}}
defaults: {{skipDockerConfig: true}}
sync:
  - {{source: "{here}/{name}:1", target: "{there}/theirs/{name}:stable", type: image}}
  - {{source: "{here}/{name}:1", target: "{there}/theirs/{name}:prod", type: image}}
  - {{source: "{here}/{name}:2", target: "{there}/theirs/{name}:2", type: image}}
"""


def program(*command):
    call = [packages.require(command[0]), *command[1:]]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment.clean())
    return done.stdout


async def publish(site, name, *tags):
    graphs = {tag: images.image(f"{name}/{tag}") for tag in tags}
    for tag, graph in graphs.items():
        await site.publish(name, [graph], tag)
    return graphs


async def test_skopeo_finds_each_image_under_its_name_and_no_other(here, there, name):
    graphs = await publish(here, name, "1.2.3-alpine", "2.0.0", "latest")
    lines = (LATEST, "semver: *")
    ran = await sync(mirror(here, name, there, tags=lines, tag="{version.major}-{variant}x"))
    assert not ran.summary.failures
    expected = {"1-alpinex": "1.2.3-alpine", "2-x": "2.0.0", "edge": "latest", "main": "latest"}
    assert skopeo_tags(f"{there.host}/{name}") == sorted(expected)
    assert {it: skopeo_digest(f"{there.host}/{name}:{it}") for it in expected} == {
        it: graphs[tag].digest for it, tag in expected.items()
    }


async def test_crane_finds_a_whole_image_under_each_name(here, there, name, tmp_path):
    graph = images.multi_platform(name)
    await here.publish(name, [graph], "latest")
    await sync(mirror(here, name, there, tags=(LATEST,)))
    assert program("crane", "ls", "--insecure", f"{there.host}/{name}").split() == ["edge", "main"]
    for tag in ("edge", "main"):
        found = program("crane", "digest", "--insecure", f"{there.host}/{name}:{tag}")
        assert found.strip() == graph.digest
        layout = str(tmp_path / tag)
        program("crane", "pull", "--insecure", "--format=oci", f"{there.host}/{name}:{tag}", layout)


async def test_an_image_of_three_names_is_read_as_often_as_one_of_one_name(here, there, name):
    await here.publish(name, [images.multi_platform(name)], "latest")
    asked = []
    for number, names in enumerate((("one",), ("one", "two", "three"))):
        here.forget()
        line = NamedTag(tag="latest", names=names)
        await sync(mirror(here, name, there, to=f"{name}/{number}", tags=(line,)))
        asked.append(Counter(here.asked()))
    assert asked[0] == asked[1]


async def test_names_that_are_up_to_date_cost_one_head_at_the_source(here, there, name):
    await here.publish(name, [images.image(name)], "latest")
    config = mirror(here, name, there, tags=(LATEST,), referrers=False)
    await sync(config)
    here.forget()
    there.forget()
    ran = await sync(config)
    assert set(ran.statuses.values()) == {Status.UP_TO_DATE}
    manifests = f"/v2/{name}/manifests"
    assert here.asked() == [("HEAD", f"{manifests}/latest")]
    assert sorted(there.asked()) == [("HEAD", f"{manifests}/{it}") for it in ("edge", "main")]


async def test_a_collision_is_an_error_before_the_first_write(here, there, name):
    await publish(here, name, "1.2.3", "1.3.0", "2.0.0")
    ran = await sync(mirror(here, name, there, tag="{version.major}"))
    (failure,) = ran.summary.failures
    pair = f"{here.host}/{name}:1.2.3 and {here.host}/{name}:1.3.0"
    assert f"{there.host}/{name}:1 would get two images, {pair}, so nothing" in failure.sentence
    assert [each for each in there.asked() if each[0] in WRITES] == []


@pytest.mark.parametrize("lines", [(), ("1.0",)], ids=["every tag", "a named tag"])
async def test_a_signature_keeps_its_tag_and_comes_with_an_image_of_another_name(
    here, there, name, lines
):
    graph = (await publish(here, name, "1.0"))["1.0"]
    signature = cosign_tags(graph.digest)[0]
    await here.publish(name, [images.image(f"{name}/signature")], signature)
    ran = await sync(mirror(here, name, there, tags=lines, tag="{tag}-mirrored"))
    assert not ran.summary.failures
    assert skopeo_tags(f"{there.host}/{name}") == sorted(["1.0-mirrored", signature])


async def test_referrers_come_with_an_image_of_several_names(name):
    async with fake() as here, fake() as there:
        root = images.image(name)
        sbom = images.artifact(f"{name}/sbom", subject=root.root.descriptor)
        await here.publish(name, [root, sbom], "latest")
        there.forget()
        ran = await sync(mirror(here, name, there, tags=(LATEST,)))
        assert not ran.summary.failures
        puts = [path for method, path in there.asked() if method == "PUT"]
        pushed = [path for path in puts if "/manifests/" in path]
        assert sorted(path.rpartition("/")[2] for path in pushed) == sorted(
            ["edge", "main", sbom.digest]
        )


@pytest.mark.parametrize("relay", ["skopeo", "dregsy"])
async def test_another_program_copies_to_each_name_too(here, there, name, relay):
    packages.require(relay)
    graphs = await publish(here, name, "latest", "1.0")
    config = mirror(
        here, name, there, tags=(LATEST, "1.0"), tag="{tag}-m", relay=relay, referrers=False
    )
    ran = await sync(config, environment.clean())
    assert not ran.summary.failures
    found = {tag: skopeo_digest(f"{there.host}/{name}:{tag}") for tag in ("edge", "main", "1.0-m")}
    latest = graphs["latest"].digest
    assert found == {"edge": latest, "main": latest, "1.0-m": graphs["1.0"].digest}


async def test_regsync_and_what_was_imported_from_it_give_the_same_names(
    here, there, name, tmp_path
):
    await publish(here, name, "1", "2")
    file, ours = tmp_path / "regsync.yml", tmp_path / "ours.yml"
    file.write_text(REGSYNC.format(here=here.host, there=there.host, name=name))
    program("regsync", "once", "--config", str(file))
    assert run("import", str(file), "-o", str(ours)).returncode == 0
    ours.write_text(ours.read_text().replace(f"theirs/{name}", f"ours/{name}"))
    done = run("-c", str(ours), cwd=tmp_path, REPOSYNC_LEDGER="")
    assert done.returncode == 0, done.stdout
    same_names(there, name)


async def test_image_syncer_and_what_was_imported_from_it_give_the_same_names(
    here, there, name, tmp_path
):
    await publish(here, name, "1", "2", "3")
    access = {"insecure": True}
    theirs = f"{there.host}/theirs/{name}"
    files = {
        "auth": {here.host: access, there.host: access},
        "images": {
            f"{here.host}/{name}:1": [f"{theirs}:stable", f"{theirs}:prod"],
            f"{here.host}/{name}:2,3": f"{theirs}:2,new",
        },
    }
    for key, content in files.items():
        (tmp_path / f"{key}.json").write_text(json.dumps(content))
    call = ("--auth", str(tmp_path / "auth.json"), "--images", str(tmp_path / "images.json"))
    program("image-syncer", *call)
    ours = tmp_path / "ours.yml"
    options = ["--auth", str(tmp_path / "auth.json"), "--platform", "all"]
    done = run("import", str(tmp_path / "images.json"), "-o", str(ours), *options)
    assert done.returncode == 0, done.stderr
    ours.write_text(ours.read_text().replace(f"theirs/{name}", f"ours/{name}"))
    done = run("-c", str(ours), cwd=tmp_path, REPOSYNC_LEDGER="")
    assert done.returncode == 0, done.stdout
    same_names(there, name)


def same_names(site, name):
    theirs, ours = (f"{site.host}/{it}/{name}" for it in ("theirs", "ours"))
    tags = skopeo_tags(theirs)
    assert len(tags) > 2
    assert skopeo_tags(ours) == tags
    for tag in tags:
        assert skopeo_digest(f"{ours}:{tag}") == skopeo_digest(f"{theirs}:{tag}")
