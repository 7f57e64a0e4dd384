"""Errors are values: they hold nothing of the work that they ended."""

from __future__ import annotations

import json
import weakref

from reposync import errors


class Body(str):
    """A text that tells when nobody holds it any more; plain ones cannot."""

    __slots__ = ("__weakref__",)


def test_a_failed_copy_holds_nothing_of_what_was_under_way():
    def refuse():
        body = Body("x" * 100)
        bodies.append(weakref.ref(body))
        try:
            json.loads(body)
        except ValueError as error:
            raise errors.ContentError("not JSON") from error

    bodies: list[weakref.ref[Body]] = []
    try:
        refuse()
    except errors.ContentError as error:
        failed = errors.CopyError("read manifest", "source", error)
    assert [body() for body in bodies] == [None]
    assert str(failed.cause) == "not JSON"
