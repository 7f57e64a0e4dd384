"""Serve a fake registry as a process: ``python -m tests.fakes.registry --port 5000``.

Prints the URL when it listens, and ends on SIGINT or SIGTERM. The password comes from the
environment, since other users of the machine can read a command line.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import ssl
import sys

from tests.fakes.registry import Account, BasicAuth, FakeRegistry, Options


def main() -> None:
    """Read the command line and serve until a signal comes."""
    options = _options(_arguments())
    asyncio.run(_serve(options))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.registry", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, for any free port")
    parser.add_argument("--user", help="ask for this user and the password in --password-env")
    parser.add_argument(
        "--password-env",
        default="FAKE_REGISTRY_PASSWORD",
        metavar="NAME",
        help="environment variable that holds the password (default: %(default)s)",
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate chain in PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="its private key in PEM")
    arguments = parser.parse_args()
    if arguments.user and not os.environ.get(arguments.password_env):
        parser.error(f"--user needs a password in the variable {arguments.password_env}")
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        parser.error("--tls-cert and --tls-key need each other")
    return arguments


def _options(arguments: argparse.Namespace) -> Options:
    auth = None
    if arguments.user:
        account = Account(arguments.user, os.environ[arguments.password_env])
        auth = BasicAuth((account,))
    tls = None
    if arguments.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    return Options(auth=auth, tls=tls, port=arguments.port)


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    async with FakeRegistry(options) as registry:
        sys.stdout.write(f"{registry.url}\n")
        sys.stdout.flush()
        await stop.wait()


main()
