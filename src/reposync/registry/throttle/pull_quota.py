"""Pulls: how many a registry still allows, as its answers tell, and how many are kept back.

Docker Hub counts each manifest that is fetched, and none that is only looked up. It counts them for
each account, and for strangers by their address: so there is a quota for each account of a host,
whichever keys of the file use it.

Spec: Docker, "Usage and limits", the headers ``RateLimit-Limit`` and ``RateLimit-Remaining``.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import QuotaError

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)

_VALUE = re.compile(r"\s*(?P<count>[0-9]{1,9})\s*(?:;\s*w\s*=\s*(?P<window>[0-9]{1,9})\s*)?")
_FEW = 10
_HOUR_S = 3600


class Allowance(Struct, frozen=True):
    """What an answer told: pulls that are left, of how many, in how many seconds (0: not told)."""

    remaining: int
    limit: int
    window_s: int


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """Read the headers of an answer; None where they say nothing."""
    if "RateLimit-Remaining" not in headers:
        return None
    remaining = _VALUE.fullmatch(headers["RateLimit-Remaining"])
    limit = _VALUE.fullmatch(headers.get("RateLimit-Limit", ""))
    if remaining is None or limit is None:
        return None
    window = limit["window"] or remaining["window"] or "0"
    return Allowance(int(remaining["count"]), int(limit["count"]), int(window))


class Quotas:
    """The quotas of one *host*: one for each account, "" for strangers."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._by_account: dict[str, Quota] = {}

    @property
    def pulls_left(self) -> int | None:
        """The pulls that are left to the account with the fewest; None where none is counted."""
        told = (quota.told for quota in self._by_account.values())
        return min((each.remaining for each in told if each is not None), default=None)

    def of(self, account: str) -> Quota:
        """Return the quota of *account*, the same one each time."""
        quota = self._by_account.get(account)
        if quota is None:
            quota = self._by_account[account] = Quota(self._host)
        return quota


class Quota:
    """Counts the pulls of one account at one host.

    ``told`` is what the last answer said, None as long as none said anything.
    """

    def __init__(self, host: str) -> None:
        self.told: Allowance | None = None
        self._host = host
        self._under_way = 0
        self._has_warned = False

    def begin(self, reserve: int = 0) -> None:
        """Let a manifest be fetched, by one who keeps *reserve* pulls for others.

        Raises:
            QuotaError: Only what is kept back is left.
        """
        told = self.told
        if reserve and told and told.remaining - self._under_way <= reserve:
            raise QuotaError(
                f"{self._host} allows {told.remaining} more pulls, and {reserve} are kept "
                "back by hub_reserve",
                hint=f"run again in {_time(told.window_s)} at the latest; what was copied stays",
            )
        self._under_way += 1

    def end(self) -> None:
        """Record that it was fetched, or not."""
        self._under_way -= 1

    def observe(self, told: Allowance) -> None:
        """Learn from an answer."""
        if self.told is None:
            _log.info(
                "%s allows %d more pulls of %d in %s",
                self._host, told.remaining, told.limit, _time(told.window_s),
            )  # fmt: skip
        self.told = told
        if told.remaining * _FEW < told.limit and not self._has_warned:
            self._has_warned = True
            _log.warning("%s allows %d more pulls", self._host, told.remaining)


def _time(window_s: int) -> str:
    hours = window_s / _HOUR_S
    return f"{hours:.0f} h" if window_s >= _HOUR_S else f"{window_s} s" if window_s else "a while"
