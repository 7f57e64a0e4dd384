"""Reading: the text of a file, or one clear sentence why there is none."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from reposync.config.lines import place_after
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError
from reposync.words import quoted

STANDARD_INPUT = "-"
_MARK = "\ufeff"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF8 = "save the file as UTF-8"
LIMIT_BYTES = 4 * 1024 * 1024


def shown_name(path: str) -> str:
    """Name the file in messages."""
    return "<stdin>" if path == STANDARD_INPUT else path


def read_text(path: str) -> str:
    """Read the file at *path*, or standard input for ``-``; at most 4 MiB, in UTF-8.

    Raises:
        ConfigError: There is none, or it cannot be read.
    """
    return decoded(path, read_content(path))


def read_content(path: str) -> bytes:
    """Read the bytes of the file at *path*, or of standard input for ``-``; at most 4 MiB.

    Raises:
        ConfigError: There is none, or it cannot be read.
    """
    try:
        content = _read_bytes(path)
    except FileNotFoundError as error:
        raise _refusal(path, "there is no such file", "check the path after -c") from error
    except IsADirectoryError as error:
        raise _refusal(path, "this is a directory", "name a file in it") from error
    except PermissionError as error:
        raise _refusal(path, "the file may not be read", "check its permissions") from error
    except (OSError, ValueError) as error:
        raise _refusal(path, "the file cannot be read", _reason(error)) from error
    if len(content) > LIMIT_BYTES:
        limit_mib = LIMIT_BYTES // 1024**2
        raise _refusal(path, f"the file is larger than {limit_mib} MiB", "use several files")
    return content


def _read_bytes(path: str) -> bytes:
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise OSError("standard input is closed")
        return sys.stdin.buffer.read(LIMIT_BYTES + 1)
    with Path(path).open("rb") as file:
        return file.read(LIMIT_BYTES + 1)


def decoded(path: str, content: bytes) -> str:
    """Return the text of *content*, which is what the file at *path* holds.

    Raises:
        ConfigError: It is not UTF-8.
    """
    if content.startswith(_UTF16):
        raise _refusal(path, "the file is UTF-16, must be UTF-8", _AS_UTF8)
    try:
        return content.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8").removeprefix(_MARK)
        message = _described(content[error.start])
        problem = Diagnostic(shown_name(path), *place_after(before), "", message, _AS_UTF8)
        raise ConfigError((problem,)) from error


def _described(byte: int) -> str:
    meant = bytes([byte]).decode("cp1252", "ignore")
    maybe = f" ({quoted(meant)} in Windows-1252)" if meant.isprintable() and meant else ""
    return f"the byte 0x{byte:02x}{maybe} is not UTF-8"


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _refusal(path: str, message: str, hint: str) -> ConfigError:
    return ConfigError((Diagnostic(shown_name(path), 1, 1, "", message, hint),))
