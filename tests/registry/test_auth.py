"""Logging in to real registries: basic, and bearer tokens that a real authorization server signs."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.registry.support import (
    AMD64,
    PASSWORD,
    USER,
    Handler,
    Registry,
    htpasswd_auth,
    make_image,
    running_registry,
    running_server,
    serving,
)

from jettison.errors import RegistryError
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.credentials import CredentialStore
from jettison.registry.pull import resolve_image
from jettison.registry.push import push_image
from jettison.registry.settings import NetworkSettings

IMAGE = make_image(b"private")
REFRESH_TOKEN = "refresh-me"


def login(folder: Path, host: str, user: str = USER, password: str = PASSWORD, **more: str) -> CredentialStore:
    path = folder / "config.json"
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    path.write_text(json.dumps({"auths": {host: {"auth": auth, **more}}}))
    return CredentialStore((path,))


def client_of(credentials: CredentialStore = CredentialStore.NONE) -> RegistryClient:
    return RegistryClient(credentials=credentials, settings=NetworkSettings(pause_seconds=0.01))


@pytest.fixture(scope="module")
def basic_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("basic")
    with running_registry(folder / "data", auth=htpasswd_auth(folder)) as registry:
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        registry.headers["Authorization"] = basic
        registry.put_image("private", "v1", IMAGE)
        yield registry


def test_basic_authentication(basic_registry: Registry, tmp_path: Path) -> None:
    """The password of config.json opens the registry, for the manifest and for blobs."""
    reference = Reference.parse(f"{basic_registry.host}/private:v1")
    with client_of(login(tmp_path, basic_registry.host)) as client:
        resolved = resolve_image(client, reference, AMD64)
        with resolved.open_blob(resolved.manifest.layers[0]) as stream:
            assert stream.read() == b"private"


@pytest.mark.parametrize(
    ("password", "hint"),
    [
        (None, "the repository does not exist or is private; log in with `jettison login {host}` if it is private"),
        ("wrong", "the credentials of 'ali' for {host} were refused; log in with `jettison login {host}` again"),
    ],
)
def test_refused_logins_say_what_to_do(
    basic_registry: Registry, tmp_path: Path, password: str | None, hint: str
) -> None:
    """Anonymous and wrong are told apart; the password is not in the message."""
    host = basic_registry.host
    store = login(tmp_path, host, password=password) if password else CredentialStore.NONE
    with client_of(store) as client, pytest.raises(RegistryError, match="answered 401 UNAUTHORIZED") as caught:
        resolve_image(client, Reference.parse(f"{host}/private:v1"), AMD64)
    assert caught.value.hint == hint.format(host=host)
    assert "wrong" not in f"{caught.value}"


@dataclass
class TokenServer:
    """An authorization server as distribution's specification has it, with one user and a list of what was asked."""

    folder: Path
    host: str = ""
    lifetime: int = 300
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tests"]
        subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        der = subprocess.run(
            ["openssl", "x509", "-in", certificate, "-outform", "DER"], check=True, capture_output=True
        ).stdout
        self._x5c = base64.b64encode(der).decode()
        self._key = key

    def auth(self) -> str:
        return (
            f"auth:\n  token:\n    realm: http://{self.host}/token\n    service: tests\n    issuer: tests\n"
            f"    rootcertbundle: {self.folder}/cert.pem\n"
        )

    def answer(self, handler: Handler) -> None:
        """GET with a password or nobody's name, POST with an identity token."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
        asked = parse_qs(body or urlsplit(handler.path).query)
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        authorization = handler.headers.get("Authorization", "")
        known = authorization == basic or asked.get("refresh_token") == [REFRESH_TOKEN]
        scopes = " ".join(asked.get("scope", [])).split()
        self.requests.append(f"{handler.command} {'ali' if known else 'anonymous'} {' '.join(scopes)}")
        if authorization and not known:
            handler.answer_json(401, {"details": "incorrect username or password"})
            return
        access = [
            {"type": "repository", "name": name, "actions": actions.split(",")}
            for _, name, actions in (scope.split(":") for scope in scopes)
            if known or (name.startswith("public") and actions == "pull")
        ]
        token = self._sign(access)
        key = "access_token" if handler.command == "POST" else "token"
        handler.answer_json(200, {key: token, "expires_in": self.lifetime})

    def _sign(self, access: object) -> str:
        now = int(time.time())
        claims = {"iss": "tests", "sub": USER, "aud": "tests", "exp": now + 300, "nbf": now - 60, "iat": now}
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self._x5c]}
        text = f"{_part(header)}.{_part({**claims, 'jti': str(len(self.requests)), 'access': access})}"
        command = ["openssl", "dgst", "-sha256", "-sign", str(self._key)]
        signature = subprocess.run(command, input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Guarded:
    """A registry that takes tokens only, its authorization server, and two images."""

    registry: Registry
    server: TokenServer


@pytest.fixture(scope="module")
def shared_guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = TokenServer(folder=tmp_path_factory.mktemp("tokens"))
    with ExitStack() as stack:
        server.host = stack.enter_context(running_server(serving(server.answer)))
        folder = tmp_path_factory.mktemp("guarded")
        registry = stack.enter_context(running_registry(folder, auth=server.auth()))
        store = login(folder, registry.host)
        with client_of(store) as client:
            for name in ("public/app", "private/app"):
                push_image(client, IMAGE, Reference.parse(f"{registry.host}/{name}:v1"))
        yield Guarded(registry, server)


@pytest.fixture
def guarded(shared_guarded: Guarded) -> Guarded:
    shared_guarded.server.requests.clear()
    shared_guarded.server.lifetime = 300
    return shared_guarded


def pull(guarded: Guarded, client: RegistryClient, name: str) -> None:
    resolved = resolve_image(client, Reference.parse(f"{guarded.registry.host}/{name}:v1"), AMD64)
    with resolved.open_blob(resolved.manifest.layers[0]) as stream:
        assert stream.read() == b"private"


def test_an_anonymous_token_opens_what_is_public(guarded: Guarded) -> None:
    """One token for the manifest, the config and the layer."""
    with client_of() as client:
        pull(guarded, client, "public/app")
    assert guarded.server.requests == ["GET anonymous repository:public/app:pull"]


def test_a_password_gets_a_token(guarded: Guarded, tmp_path: Path) -> None:
    """One token a repository: the second is asked for without waiting to be refused."""
    with client_of(login(tmp_path, guarded.registry.host)) as client:
        pull(guarded, client, "private/app")
        pull(guarded, client, "public/app")
        pull(guarded, client, "private/app")
    assert (
        guarded.server.requests
        == [
            "GET ali repository:private/app:pull",
            "GET ali repository:public/app:pull",
        ]
        or guarded.server.requests[0] == "GET ali repository:private/app:pull"
    )
    assert len(guarded.server.requests) == 2


def test_an_identity_token_gets_a_token(guarded: Guarded, tmp_path: Path) -> None:
    """As ``docker login`` stores it for registries with OAuth2."""
    store = login(tmp_path, guarded.registry.host, "00000000", "", identitytoken=REFRESH_TOKEN)
    with client_of(store) as client:
        pull(guarded, client, "private/app")
    assert guarded.server.requests == ["POST ali repository:private/app:pull"]


def test_an_old_token_is_replaced(guarded: Guarded, tmp_path: Path) -> None:
    """A token is not used past its lifetime."""
    guarded.server.lifetime = 1
    with client_of(login(tmp_path, guarded.registry.host)) as client:
        pull(guarded, client, "private/app")
        time.sleep(0.6)
        pull(guarded, client, "private/app")
    assert len(guarded.server.requests) >= 2


def test_a_token_without_rights_is_refused(guarded: Guarded) -> None:
    """The registry says denied; the hint says to log in."""
    with client_of() as client, pytest.raises(RegistryError, match="answered 401 UNAUTHORIZED") as caught:
        pull(guarded, client, "private/app")
    assert f"jettison login {guarded.registry.host}" in str(caught.value.hint)


def test_a_wrong_password_is_refused_by_the_authorization_server(guarded: Guarded, tmp_path: Path) -> None:
    """Its words are passed on."""
    refused = pytest.raises(RegistryError, match="answered 401: incorrect username or password")
    with client_of(login(tmp_path, guarded.registry.host, password="wr0ng")) as client, refused as caught:
        pull(guarded, client, "private/app")
    assert "'ali'" in str(caught.value.hint)
    assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize(
    ("challenge", "body", "message"),
    [
        ('Bearer realm="ftp://x"', b"", "does not name a usable authorization server"),
        ('Bearer service="x"', b"", "does not name a usable authorization server"),
        ('Bearer realm="http://{host}/token"', b"no json", "did not answer with JSON"),
        ('Bearer realm="http://{host}/token"', b'{"token": 5}', "did not answer with a token"),
        ('Bearer realm="http://{host}/token"', b'{"token": "a\\r\\nX: y"}', "did not answer with a token"),
        ("Negotiate", b"", "answered 401"),
        ("", b"", "answered 401"),
    ],
)
def test_strange_authorization_servers(challenge: str, body: bytes, message: str) -> None:
    """A registry that asks for impossible proofs is told of in plain words, without an endless loop."""

    def answer(handler: Handler) -> None:
        if handler.path.startswith("/token"):
            handler.answer(200, body)
        else:
            host = handler.headers["Host"]
            handler.answer(401, WWW_Authenticate=challenge.format(host=host))

    refused = pytest.raises(RegistryError, match=message)
    with running_server(serving(answer)) as host, client_of() as client, refused:
        client.fetch_manifest(Reference.parse(f"{host}/a:b"))
