"""A token server for real registries: signs what a user may do, and counts what it gave.

Runs in a thread of its own, so that one serves all tests of a session, whatever their event loop.

Spec: distribution, "Docker Registry v2 authentication via central service" and "Token
Authentication Implementation".
"""

from __future__ import annotations

import base64
import binascii
import collections
import datetime as dt
import json
import threading
import time
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers.docker_registry import Login

Algorithm = Literal["RS256", "ES256"]
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens of the tests")])
_CLOCK_SKEW_S = 10


class TokenServer:
    """Gives tokens for everything to those who log in, and for pulling to everybody.

    ``ttl_s`` may be changed at any time and holds for the tokens to come; distribution lets a token
    live a minute longer than it says. ``given`` counts tokens by user (empty for a stranger) and
    scope as it was asked for. ``repositories`` is how the names of all repositories begin for which
    tokens allow anything; other scopes are left out, without a word. ``identity_tokens`` are users
    by tokens of theirs, which ask by POST; without any, that is answered with 404, as by servers
    that know no OAuth2.
    """

    def __init__(self, *logins: Login, algorithm: Algorithm = "RS256", ttl_s: int = 60) -> None:
        self.service = "tests"
        self.issuer = "tests"
        self.realm = ""
        self.ttl_s = ttl_s
        self.repositories = ""
        self.given: collections.Counter[tuple[str, str]] = collections.Counter()
        self.identity_tokens: dict[str, str] = {}
        self._passwords = {login.user: login.password for login in logins}
        self._algorithm = algorithm
        self._lock = threading.Lock()
        self._key = _new_key(algorithm)
        self._certificate = _certificate(self._key)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate that registries check signatures with."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def answer(self, authorization: str, query: Mapping[str, list[str]]) -> dict[str, Any] | None:
        """Return the document with the token, None to who shows wrong credentials."""
        user = self._user(authorization)
        return None if user is None else self._give(user, " ".join(query.get("scope", ())))

    def answer_form(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        """Return the document with the token, None to who shows no identity token that is known.

        Spec: distribution, "Docker Registry v2 authentication using OAuth2".
        """
        if form.get("grant_type") != "refresh_token" or not form.get("client_id"):
            return None
        user = self.identity_tokens.get(form.get("refresh_token", ""))
        if user is None or form.get("service") != self.service:
            return None
        document = self._give(user, form.get("scope", ""))
        return {"access_token": document["token"], "expires_in": document["expires_in"]}

    def _give(self, user: str, wanted: str) -> dict[str, Any]:
        scopes = wanted.split()
        with self._lock:
            self.given.update((user, scope) for scope in scopes or [""])
        access = [entry for entry in (_access(scope, user) for scope in scopes) if entry]
        access = [entry for entry in access if entry["name"].startswith(self.repositories)]
        token = self._signed(user, access)
        return {"token": token, "expires_in": self.ttl_s}

    def _user(self, authorization: str) -> str | None:
        if not authorization:
            return ""
        try:
            shown = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, _, password = shown.partition(":")
        return user if self._passwords.get(user) == password else None

    def _signed(self, user: str, access: list[dict[str, Any]]) -> str:
        now_s = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": user,
            "aud": self.service,
            "iat": now_s,
            "nbf": now_s - _CLOCK_SKEW_S,
            "exp": now_s + self.ttl_s,
            "jti": uuid.uuid4().hex,
            "access": access,
        }
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        headers = {"x5c": [base64.b64encode(der).decode()]}
        return jwt.encode(claims, self._key, self._algorithm, headers=headers)


@contextmanager
def serving(tokens: TokenServer) -> Iterator[TokenServer]:
    """Let *tokens* be asked at its ``realm`` as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorization = self.headers.get("Authorization", "")
            document = tokens.answer(authorization, parse_qs(urlsplit(self.path).query))
            self._answer(200 if document else 401, document)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            document = tokens.answer_form(dict(parse_qsl(body.decode())))
            refusal = 401 if tokens.identity_tokens else 404
            self._answer(200 if document else refusal, document)

        def _answer(self, status: int, document: Mapping[str, Any] | None) -> None:
            body = json.dumps(document or {"details": "wrong user or password"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing: the counter tells."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        tokens.realm = f"http://127.0.0.1:{server.server_port}/token"
        try:
            yield tokens
        finally:
            server.shutdown()
            thread.join()


def _access(scope: str, user: str) -> dict[str, Any] | None:
    """Decide what of *scope* the user gets."""
    kind, _, rest = scope.partition(":")
    name, _, wanted = rest.rpartition(":")
    actions = sorted(action for action in wanted.split(",") if user or action == "pull")
    return {"type": kind, "name": name, "actions": actions} if actions else None


def _new_key(algorithm: Algorithm) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
