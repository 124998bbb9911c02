"""Who the user is at a registry: docker's config.json, podman's auth.json, and the docker-credential-NAME programs.

Files are read once, when the first registry asks. No secret that was read here ever stands in a message or a ``repr``.
Source: docker's ``config.json`` reference, containers-auth.json(5), docker-credential-helpers' protocol.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from jettison.errors import IntegrityError, RegistryError
from jettison.frozen import dataclass, field
from jettison.hints import ClassVar
from jettison.model.document import Node
from jettison.model.reference import DEFAULT_DOMAIN, Reference

HUB_KEY = "https://index.docker.io/v1/"
"""Under this key docker keeps the credentials of docker.io."""
_HUB_NAMES = (HUB_KEY, "index.docker.io", "registry-1.docker.io")
_IDENTITY_USER = "<token>"
"""The user name by which a helper says that its secret is an identity token."""
_HELPER_TIMEOUT_SECONDS = 60
_HELPER_HAS_NONE = b"credentials not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A user name with a password, or an identity token (OAuth2 refresh token) that stands for both."""

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    def basic(self) -> str:
        """The value of an Authorization header that names the user and the password."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")


class CredentialStore:
    """Credentials from several files; the first file that knows a registry answers."""

    NONE: ClassVar[CredentialStore]

    def __init__(self, paths: tuple[Path, ...] = ()) -> None:
        """``paths`` in order of preference; files that do not exist count as empty."""
        self._paths = paths

    def find(self, reference: Reference) -> Credential | None:
        """The credential for a repository, the most specific one that there is; None means anonymous.

        Raises :class:`RegistryError` where a file is no JSON or a helper program fails.
        """
        for file in self._files:
            credential = file.find(reference)
            if credential is not None:
                return credential
        return None

    @cached_property
    def _files(self) -> tuple[_ConfigFile, ...]:
        return tuple(file for path in self._paths if (file := _read_config_file(path)) is not None)


CredentialStore.NONE = CredentialStore()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ConfigFile:
    """``config.json`` or ``auth.json``: the same fields, podman's with repositories as keys too."""

    path: Path
    auths: dict[str, Node]
    """By host or by ``host/repository``, without scheme and API version."""
    helpers: dict[str, str]
    default_helper: str

    def find(self, reference: Reference) -> Credential | None:
        keys = tuple(_keys(reference))
        for key in keys:
            if helper := self.helpers.get(key):
                return _ask_helper(helper, key)
        if self.default_helper:
            server = HUB_KEY if reference.domain == DEFAULT_DOMAIN else reference.domain
            if credential := _ask_helper(self.default_helper, server):
                return credential
        for key in keys:
            if (node := self.auths.get(key)) and (credential := self._parse_auth(node, key)):
                return credential
        return None

    def _parse_auth(self, node: Node, key: str) -> Credential | None:
        try:
            return _parse_auth(node)
        except IntegrityError:  # its text may hold the secret
            raise RegistryError(
                f"{self.path}: the credentials for {key} are malformed", hint=f"log in anew with `jettison login {key}`"
            ) from None


def _keys(reference: Reference) -> Iterator[str]:
    """From the most specific to the host."""
    name = reference.repository
    while name:
        yield name
        name = name.rpartition("/")[0]
    if reference.domain == DEFAULT_DOMAIN:
        yield from _HUB_NAMES[1:]
        yield HUB_KEY


def _read_config_file(path: Path) -> _ConfigFile | None:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RegistryError(f"cannot read the credentials in {path}: {error.strerror}") from error
    try:
        node = Node.parse(data or b"{}", str(path))
        auths, helpers, default = node.get("auths"), node.get("credHelpers"), node.get("credsStore")
        return _ConfigFile(
            path=path,
            auths={_bare(key): auth for key in auths.object() if (auth := auths.get(key))} if auths else {},
            helpers=dict(helpers.text_map()) if helpers else {},
            default_helper=default.text() if default else "",
        )
    except IntegrityError as error:
        raise RegistryError(error.message, hint="this is the file that `docker login` writes") from error


def _bare(key: str) -> str:
    """``https://host/v1/`` -> ``host``: docker has written keys in many ways."""
    bare = key.removeprefix("https://").removeprefix("http://").rstrip("/")
    for version in ("/v1", "/v2"):
        bare = bare.removesuffix(version)
    return bare


def _parse_auth(node: Node) -> Credential | None:
    def text(key: str) -> str:
        child = node.get(key)
        return child.text() if child else ""

    username, password = text("username"), text("password")
    if encoded := text("auth"):
        try:
            username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            colon = ""
        if not colon:
            raise IntegrityError(f"{node.path}.auth: expected user:password in base64")
        password = password.rstrip("\0")
    identity_token = text("identitytoken")
    if not (username or identity_token):
        return None
    return Credential(username=username or _IDENTITY_USER, password=password, identity_token=identity_token)


def _ask_helper(name: str, server: str) -> Credential | None:
    program = f"docker-credential-{name}"
    if "/" in name:
        raise RegistryError(f"invalid credential helper {name!r} for {server}")
    import subprocess

    try:
        done = subprocess.run(
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=_HELPER_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise RegistryError(
            f"the credential helper {program} for {server} is not installed",
            hint="install it, or remove it from credsStore and credHelpers in docker's config.json",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(f"the credential helper {program} for {server} did not run: {error}") from error
    if done.returncode:
        if _HELPER_HAS_NONE in done.stdout.lower() + done.stderr.lower():
            return None
        raise RegistryError(f"the credential helper {program} for {server} failed with exit code {done.returncode}")
    try:
        answer = json.loads(done.stdout)
        username, secret = answer["Username"], answer["Secret"]
    except (ValueError, KeyError, TypeError) as error:
        raise RegistryError(f"the credential helper {program} for {server} did not answer with credentials") from error
    if not isinstance(username, str) or not isinstance(secret, str):
        raise RegistryError(f"the credential helper {program} for {server} did not answer with credentials")
    if username == _IDENTITY_USER:
        return Credential(username=username, identity_token=secret)
    return Credential(username=username, password=secret)
