"""nginx in front of a registry, with whatever directives a test is about.

It runs in the foreground with all its files in a directory of the test, and logs each request.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tests.servers import environment, packages, process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.certificates import Certificates

_READY = re.compile(r"start worker process \d+")
_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
error_log stderr notice;
pid {directory}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  log_format told '$status $request_method $uri $server_protocol $connection';
  access_log {directory}/access.log told;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 0;
  {http}
  server {{
    listen 127.0.0.1:{port}{listen};
    {tls}
    {server}
    location / {{
      proxy_pass {upstream};
      proxy_set_header Host $http_host;
      proxy_http_version 1.1;
    }}
  }}
}}
"""


class Logged(NamedTuple):
    """A request as nginx logged it; ``connection`` numbers the lines that it came along."""

    status: int
    method: str
    path: str
    protocol: str
    connection: str


@dataclass(frozen=True, slots=True)
class Nginx:
    """An nginx that runs; ``url`` without a slash at its end."""

    url: str
    directory: Path

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]

    def logged(self) -> list[Logged]:
        """Return all requests that were answered, in the order of their ends."""
        lines = (self.directory / "access.log").read_text().splitlines()
        return [Logged(int(status), *rest) for status, *rest in map(str.split, lines)]

    def statuses(self, method: str = "") -> list[int]:
        """Return the statuses of all requests, or of those by *method*."""
        return [one.status for one in self.logged() if method in {"", one.method}]


@contextmanager
def nginx(
    directory: Path,
    upstream: str,
    *,
    certificates: Certificates | None = None,
    http: str = "",
    server: str = "",
    http2: bool = False,
) -> Iterator[Nginx]:
    """Run nginx before *upstream*, a URL, with its files in *directory*, while the block lasts.

    *http* and *server* are directives for these blocks; *certificates* make it speak TLS.
    """
    program = packages.require("nginx")
    directory.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    configuration = _CONFIGURATION.format(
        directory=directory,
        user="user root;" if os.geteuid() == 0 else "",
        upstream=upstream,
        port=port,
        listen=(" ssl" if certificates else "") + (" http2" if http2 else ""),
        tls=_tls(certificates),
        http=http,
        server=server,
    )
    file = directory / "nginx.conf"
    file.write_text(configuration)
    command = [program, "-p", str(directory), "-e", "stderr", "-c", str(file)]
    with process.running(command, environment.clean(), _READY):
        yield Nginx(f"{'https' if certificates else 'http'}://127.0.0.1:{port}", directory)


def _tls(certificates: Certificates | None) -> str:
    if certificates is None:
        return ""
    return f"ssl_certificate {certificates.chain}; ssl_certificate_key {certificates.key};"


def _free_port() -> int:
    """Find a port that nobody uses now; nginx cannot look for one itself."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
