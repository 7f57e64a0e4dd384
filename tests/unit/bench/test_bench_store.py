from __future__ import annotations

import gzip
import json

import pytest
from bench import content
from bench.floor import plan
from bench.store import Store
from bench.workloads import WORKLOADS, Shape

SHAPE = Shape(repositories=2, tags=2, layers=1, layer_bytes=5000, base_bytes=3000)


@pytest.fixture
def source(tmp_path):
    return Store(tmp_path / "source")


@pytest.fixture
def catalogue(source):
    return content.fill(source, SHAPE)


def test_every_tag_of_every_repository_names_another_image(catalogue):
    assert {len(tags) for tags in catalogue.values()} == {2}
    assert len({digest for tags in catalogue.values() for digest in tags.values()}) == 4


def test_images_share_their_base_and_layers_are_gzip(source, catalogue):
    layers = [
        json.loads(source.blob(digest).read_bytes())["layers"]
        for tags in catalogue.values()
        for digest in tags.values()
    ]
    assert len({base["digest"] for base, _ in layers}) == 1
    for _, own in layers:
        packed = source.blob(own["digest"]).read_bytes()
        assert len(packed) == own["size"]
        assert len(gzip.decompress(packed)) == 5000


def test_a_copy_of_a_store_differs_in_nothing(source, catalogue, tmp_path):
    other = Store(tmp_path / "other")
    source.copy_to(other)
    assert other.differences(catalogue) == []


def test_whatever_is_missing_or_otherwise_is_found(source, catalogue, tmp_path):
    other = Store(tmp_path / "other")
    assert len(other.differences(catalogue)) == 4
    source.copy_to(other)
    repository, tags = next(iter(catalogue.items()))
    first, second = tags
    other.link_tag(repository, first, tags[second])
    layer = json.loads(source.blob(tags[second]).read_bytes())["layers"][1]["digest"]
    other.blob(layer).unlink()
    other.blob(layer).write_bytes(b"short")
    moved, shortened = other.differences(catalogue)
    assert moved.startswith(f"{repository}:{first} is {tags[second]}")
    assert "of another size" in shortened


def test_a_tag_that_was_moved_in_a_copy_is_where_it_was_in_the_source(source, catalogue, tmp_path):
    other = Store(tmp_path / "other")
    source.copy_to(other)
    repository, tags = next(iter(catalogue.items()))
    first, second = tags
    other.link_tag(repository, first, tags[second])
    assert source.differences(catalogue) == []


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda workload: workload.name)
def test_a_smaller_scale_is_less_work_of_the_same_kind(workload):
    small = workload.scaled(0.01)
    assert small.store_bytes < workload.store_bytes / 10
    assert (small.shape.repositories > 1) == (workload.shape.repositories > 1)
    assert (small.shape.tags > 1) == (workload.shape.tags > 1)


def test_a_plan_has_each_blob_once_and_mounts_what_others_have_before_all_images(source, catalogue):
    repositories = {repository: tuple(tags) for repository, tags in catalogue.items()}
    blob, mount, *images = [line.split() for line in plan.lines(source, repositories)]
    first, second = catalogue
    base = blob[2]
    assert blob == ["blob", first, base]
    assert mount == ["mount", second, base, first]
    assert [each[:3] for each in images] == [
        ["image", repository, tag] for repository, tags in catalogue.items() for tag in tags
    ]
    blobs = [digest for each in images for digest in each[4:]]
    assert len(blobs) == len(set(blobs)) == 8  # a layer and a configuration each
    assert base not in blobs
