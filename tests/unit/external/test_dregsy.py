"""dregsy's file, its log, and which images go together in one call."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.external.shipments import DIGEST, HERE, THERE, shipment

from reposync.external.dregsy import DregsyCopier, Tools
from reposync.external.dregsy_file import TagCopy, document, preserving, task_list
from reposync.external.dregsy_log import DregsyLog
from reposync.external.private import write_private
from reposync.external.process import Completed
from reposync.external.shipment import Access, End
from reposync.oci.reference import Reference
from reposync.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def line(message: str, level: str = "info", **fields: str) -> str:
    return json.dumps({"level": level, "msg": message, "time": "2026-01-01T00:00:00Z"} | fields)


def test_tags_of_one_pair_of_repositories_are_one_mapping():
    placed = task_list([shipment({"1": "1"}, THERE), shipment({"2": "2"}, THERE)])

    written = document(placed.tasks, "/bin/skopeo", "/certs")

    assert written == {
        "relay": "skopeo",
        "skopeo": {"binary": "/bin/skopeo", "certs-dir": "/certs"},
        "tasks": [
            {
                "name": "task-0",
                "verbose": True,
                "source": {"registry": "a.example", "auth": "none", "skip-tls-verify": False},
                "target": {"registry": "b.example:5000", "auth": "none", "skip-tls-verify": True},
                "mappings": [{"from": "x", "to": "y", "platform": "all", "tags": ["1", "2"]}],
            }
        ],
    }


def test_a_digest_is_an_entry_with_the_tag_that_it_gets():
    names: list[dict[str, str]] = [{DIGEST: ""}, {DIGEST: "new"}, {"old": "old"}]

    placed = task_list(shipment(each, THERE) for each in names)

    assert [tag_copy.tag for tag_copy in placed.tag_copies] == [DIGEST, f"new@{DIGEST}", "old"]


def test_another_account_or_repository_is_a_task_or_mapping_of_its_own():
    other_account = End(Access(Trust(), HERE.access.logins), THERE.repository)
    other_place = End(THERE.access, Reference("b.example:5000", "z"))

    placed = task_list(shipment({"1": "1"}, end) for end in (THERE, other_place, other_account))

    assert [[each["to"] for each in task["mappings"]] for task in placed.tasks] == [
        ["y", "z"],
        ["y"],
    ]


def test_a_path_before_all_repositories_is_a_part_of_their_names():
    end = End(THERE.access, Reference("b.example/team", "y"))

    (task,) = task_list([shipment({"1": "1"}, end)]).tasks

    assert task["target"]["registry"] == "b.example"
    assert task["mappings"][0]["to"] == "team/y"


def test_the_program_in_front_preserves_digests_where_something_is_copied(tmp_path):
    front = write_private(tmp_path / "skopeo", preserving("echo"), 0o700)

    def called(*arguments: str) -> list[str]:
        return subprocess.check_output([front, *arguments], text=True).split()

    copying = ["--insecure-policy", "copy", "a", "b"]
    assert called(*copying) == [*copying, "--preserve-digests"]
    assert called("list-tags", "x") == ["list-tags", "x"]


def test_the_log_tells_which_errand_failed_and_what_was_said():
    ended: list[tuple[str, tuple[str, ...]]] = []
    log = DregsyLog(lambda tag_copy, lines: ended.append((tag_copy.tag, lines)))

    for each in (
        line("relay ready", relay="skopeo"),
        line("syncing task", task="task-0", source="a.example", target="b.example"),
        line("mapping", **{"from": "/x", "to": "/y"}),
        line("syncing tag", tag="1", platform="all"),
        line('level=fatal msg="no such tag"', "debug"),
        line("exit status 1", "error"),
        line("syncing tag", tag="2", platform="all"),
        line("Writing manifest to image destination", "debug"),
        "what is no JSON",
        "[1]",
        line("errors during sync", "error"),
        line("one or more tasks had errors, please see log for details", "error"),
    ):
        log.observe(each)
    log.end()

    assert ended == [("1", ('level=fatal msg="no such tag"', "exit status 1")), ("2", ())]
    assert log.wrong[0] == "errors during sync"


def test_an_errand_is_named_as_it_was_written():
    ended: list[TagCopy] = []
    placed = task_list([shipment({"1": "1"}, THERE)])
    log = DregsyLog(lambda tag_copy, _: ended.append(tag_copy))

    log.observe(line("syncing task", task="task-0"))
    log.observe(line("mapping", **{"from": "/x", "to": "/y"}))
    log.observe(line("syncing tag", tag="1"))
    log.end()

    assert ended == list(placed.tag_copies)


class ScriptedPrograms:
    """Programs of which each call ends when the test says so, as it says."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.heeds: list[Callable[[str], None]] = []
        self.ends: asyncio.Queue[Completed] = asyncio.Queue()
        self.called = asyncio.Semaphore(0)

    async def run(
        self, command: Sequence[str], more: dict[str, str], observe: Callable[[str], None]
    ) -> Completed:
        with open(command[1].partition("=")[2]) as file:  # noqa: ASYNC230, PTH123 -- a small file
            self.calls.append(json.load(file))
        self.heeds.append(observe)
        self.called.release()
        assert more["REGISTRY_AUTH_FILE"]
        return await self.ends.get()

    def tags(self) -> list[set[str]]:
        return [set(call["tasks"][0]["mappings"][0]["tags"]) for call in self.calls]


@pytest.fixture
def programs() -> ScriptedPrograms:
    return ScriptedPrograms()


def relay_in(group: asyncio.TaskGroup, programs: ScriptedPrograms, path: Path) -> DregsyCopier:
    return DregsyCopier(programs, Tools("dregsy", "skopeo"), path, group)  # type: ignore[arg-type]


async def brought(relay: DregsyCopier, tag: str, looked: asyncio.Event | None = None) -> Any:
    with relay.under_way():
        if looked is not None:
            await looked.wait()
        (result,) = await relay.bring(shipment({tag: tag}, THERE))
    return result


async def test_a_call_waits_for_all_images_that_are_looked_at(programs, tmp_path):
    looked = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        tasks = [
            group.create_task(brought(relay, "1", looked)),
            group.create_task(brought(relay, "2")),
        ]
        await asyncio.sleep(0)
        assert not programs.calls
        looked.set()
        programs.ends.put_nowait(Completed(0, ()))
    assert [task.result() for task in tasks] == [None, None]
    assert programs.tags() == [{"1", "2"}]


async def test_an_image_that_needs_nothing_holds_up_no_other(programs, tmp_path):
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        with relay.under_way():
            task = group.create_task(brought(relay, "1"))
            await asyncio.sleep(0)
            assert not programs.calls
        programs.ends.put_nowait(Completed(0, ()))
    assert task.result() is None


async def test_what_comes_while_a_call_runs_is_the_next_calls(programs, tmp_path):
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        group.create_task(brought(relay, "1"))
        await programs.called.acquire()
        later = [group.create_task(brought(relay, tag)) for tag in ("2", "3")]
        programs.ends.put_nowait(Completed(0, ()))
        await programs.called.acquire()
        programs.ends.put_nowait(Completed(0, ()))
    assert [task.result() for task in later] == [None, None]
    assert programs.tags() == [{"1"}, {"2", "3"}]


async def test_an_image_goes_on_when_the_next_one_begins(programs, tmp_path):
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        with relay.under_way():
            tasks = [group.create_task(brought(relay, tag)) for tag in ("1", "2")]
            await asyncio.sleep(0)
        await programs.called.acquire()
        for each in (
            line("syncing task", task="task-0"),
            line("mapping", **{"from": "/x", "to": "/y"}),
            line("syncing tag", tag="1"),
            line("syncing tag", tag="2"),
        ):
            programs.heeds[0](each)
        assert await tasks[0] is None
        assert not tasks[1].done()
        programs.ends.put_nowait(Completed(0, ()))


async def test_a_call_that_fails_as_a_whole_is_every_images_doubt(programs, tmp_path):
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        task = group.create_task(brought(relay, "1"))
        await programs.called.acquire()
        programs.heeds[0](line("cannot execute skopeo: permission denied", "error"))
        programs.ends.put_nowait(Completed(1, ()))
    told = "cannot copy by dregsy at the destination: dregsy reported: cannot execute skopeo"
    assert str(task.result()).startswith(told)


async def test_hosts_that_differ_by_port_alone_share_their_certificates_or_are_refused(
    programs, tmp_path
):
    (tmp_path / "ca.pem").write_text("")
    logins = HERE.access.logins
    ends = [
        End(Access(Trust(authorities=(f"{tmp_path}/{name}",)), logins), Reference(host, "y"))
        for name, host in (("ca.pem", "b.example:1"), ("other.pem", "b.example:2"))
    ]
    async with asyncio.TaskGroup() as group:
        relay = relay_in(group, programs, tmp_path)
        with relay.under_way():
            tasks = [group.create_task(relay.bring(shipment({"1": "1"}, end))) for end in ends]
            relay._under_way += 1
            await asyncio.sleep(0)
            relay._under_way -= 1
    assert not programs.calls
    assert "only one set of certificates for all ports of b.example" in str(tasks[0].result()[0])
