"""Logs: one line a record on standard error, for people or as JSON.

What is written of any record cannot steer a terminal or begin a line of its own.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal

from reposync.oci.error_code import printable

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure(handler: logging.Handler, log_format: LogFormat, level: LogLevel) -> None:
    """Send all records of *level* and above to *handler* alone; other libraries' from warning up.

    Holds for the whole process.
    """
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    logging.root.handlers = [handler]
    logging.root.setLevel(max(logging.WARNING, _number(level)))
    logging.getLogger("reposync").setLevel(_number(level))


class TextFormatter(logging.Formatter):
    """``time level message``; a record with ``bare`` set is its message alone."""

    def format(self, record: logging.LogRecord) -> str:
        """Write *record* on one line, its traceback on those below."""
        message = printable(record.getMessage())
        if not getattr(record, "bare", False):
            message = f"{_time(record, 'seconds')} {record.levelname.lower():<7} {message}"
        return "\n".join([message, *_traceback(self, record)])


class JsonFormatter(logging.Formatter):
    """One JSON object: ``ts``, ``level``, ``event``, ``message``, then the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Write *record* on one line."""
        document = {
            "ts": _time(record, "milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "message"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if traceback := _traceback(self, record):
            document["traceback"] = traceback
        return json.dumps(_cleaned(document), ensure_ascii=False)


def _number(level: LogLevel) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _time(record: logging.LogRecord, precision: str) -> str:
    """RFC 3339, in UTC."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    if not record.exc_info:
        return []
    text = formatter.formatException(record.exc_info)
    return [" " * _indent(line) + printable(line) for line in text.splitlines()]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _cleaned(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _cleaned(item) for key, item in value.items()}
        case list():
            return [_cleaned(item) for item in value]
        case _:
            return value
