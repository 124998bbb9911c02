"""Logging in and out: credentials are tried at the registry, then kept where docker keeps them.

That is docker's ``config.json``, or the docker-credential-NAME program that it names. Source: docker's ``config.json``
reference, docker-credential-helpers' protocol.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
from http import HTTPStatus
from pathlib import Path

from jettison.errors import RegistryError, StorageError
from jettison.hints import Any
from jettison.model.reference import DEFAULT_DOMAIN, Reference
from jettison.registry.auth import Scope
from jettison.registry.client import RegistryClient
from jettison.registry.credentials import HUB_KEY, Credential, CredentialStore
from jettison.registry.errors import RegistryResponseError
from jettison.registry.mirrors import RegistriesConf
from jettison.registry.session import Call
from jettison.registry.settings import NetworkSettings

_HELPER_TIMEOUT_SECONDS = 60
_FOLDER_MODE = 0o700


class _Only(CredentialStore):
    """The one credential that is tried."""

    def __init__(self, credential: Credential) -> None:
        super().__init__()
        self._credential = credential

    def find(self, reference: Reference) -> Credential | None:
        return self._credential


def check_login(domain: str, credential: Credential, conf: RegistriesConf, settings: NetworkSettings) -> None:
    """Raise :class:`RegistryError` where the registry does not take the credential."""
    with RegistryClient(conf=lambda: conf, credentials=_Only(credential), settings=settings) as client:
        endpoint = client.push_endpoint(Reference(domain=domain, path=""))
        call = Call(
            endpoint=endpoint, action=f"log in to {domain}", method="GET", target="", scope=Scope(repository="")
        )
        try:
            client.session.send(call).close()
        except RegistryResponseError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                error.hint = f"there is no registry at {domain}, or it speaks another language: check the address"
            raise


def keep_login(domain: str, credential: Credential, file: Path) -> None:
    """Keep the credential, by the program that the file names, else in the file."""
    document = _read(file)
    key = _key(domain)
    helper = _helper(document, domain)
    auths = document.setdefault("auths", {})
    if helper:
        secret = {"ServerURL": key, "Username": credential.username, "Secret": credential.password}
        _ask(helper, "store", json.dumps(secret))
        auths[key] = {}
    else:
        pair = f"{credential.username}:{credential.password}".encode()
        auths[key] = {"auth": base64.b64encode(pair).decode("ascii")}
    _write(file, document)


def forget_login(domain: str, file: Path) -> bool:
    """Forget the credential; tells whether there was one."""
    document = _read(file)
    key = _key(domain)
    known = document.get("auths", {}).pop(key, None) is not None
    if known:
        helper = _helper(document, domain)
        if helper:
            _ask(helper, "erase", key)
        _write(file, document)
    return known


def _key(domain: str) -> str:
    return HUB_KEY if domain == DEFAULT_DOMAIN else domain


def _helper(document: dict[str, Any], domain: str) -> str:
    helpers = document.get("credHelpers")
    named = helpers.get(_key(domain)) if isinstance(helpers, dict) else None
    found = named or document.get("credsStore") or ""
    return found if isinstance(found, str) else ""


def _ask(helper: str, action: str, text: str) -> None:
    program = f"docker-credential-{helper}"
    if "/" in helper:
        raise RegistryError(f"invalid credential helper {helper!r}")
    try:
        done = subprocess.run(
            [program, action], input=text.encode(), capture_output=True, timeout=_HELPER_TIMEOUT_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise RegistryError(
            f"the credential helper {program} is not installed",
            hint="install it, or remove it from credsStore and credHelpers in docker's config.json",
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RegistryError(f"the credential helper {program} did not run") from error
    if done.returncode:
        raise RegistryError(f"the credential helper {program} could not {action} credentials")


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes() or b"{}")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RegistryError(f"cannot read the credentials in {file}: {error.strerror}") from error
    except ValueError as error:
        raise RegistryError(f"{file} is no JSON", hint="this is the file that `docker login` writes") from error
    if not isinstance(document, dict) or not isinstance(document.get("auths", {}), dict):
        raise RegistryError(f"{file} is not docker's config.json")
    return document


def _write(file: Path, document: dict[str, Any]) -> None:
    """Nobody but the user may read it, at no moment. A link stays one: the file that it leads to is replaced."""
    try:
        file = file.resolve()
        file.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(document, stream, indent="\t")
                stream.write("\n")
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(f"cannot write {str(file)!r}: {error.strerror}") from error
