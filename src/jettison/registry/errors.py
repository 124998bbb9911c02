"""What registries answer when they refuse, and what a user can do about it (distribution-spec, Error Codes)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from jettison.errors import RegistryError
from jettison.frozen import dataclass
from jettison.model.reference import DEFAULT_DOMAIN

_MAX_MESSAGE_LENGTH = 300


class RegistryUnreachableError(RegistryError):
    """No answer: refused, timed out, no such name, no trust. Another mirror may do better."""


class RegistryResponseError(RegistryError):
    """An answer that is a refusal."""

    def __init__(self, message: str, *, status: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A response with an error status: who said no, to what, and in which words."""

    host: str
    action: str
    """What was tried, in the infinitive: ``fetch the manifest of docker.io/library/busybox:latest``."""
    status: int
    codes: tuple[str, ...] = ()
    """The registry's own error codes: ``MANIFEST_UNKNOWN``."""
    text: str = ""
    """The registry's own words, safe to print."""

    @classmethod
    def of(cls, host: str, action: str, status: int, body: bytes) -> Refusal:
        """Understand the body as far as it is the distribution-spec's error document."""
        codes, messages = _parse_errors(body)
        return cls(host=host, action=action, status=status, codes=codes, text=printable("; ".join(messages)))

    def error(self, *, login: str = "", user: str | None = None) -> RegistryResponseError:
        """The error to raise.

        ``login`` is the registry where credentials would help, empty where it was another host that refused; ``user``
        is who was asking, None where it was nobody in particular.
        """
        said = " ".join((str(self.status), *self.codes[:1]))
        if self.text:
            said += f": {self.text}"
        hint = self._login_hint(login, user) if login and self.status in (401, 403, 429) else self._hint()
        return RegistryResponseError(
            f"cannot {self.action}: {self.host} answered {said}", status=self.status, hint=hint
        )

    def _login_hint(self, registry: str, user: str | None) -> str:
        command = f"`jettison login {registry}`" if registry != DEFAULT_DOMAIN else "`jettison login`"
        match self.status:
            case 401 if user is not None:
                return f"the credentials of {user!r} for {registry} were refused; log in with {command} again"
            case 403 if user is not None:
                return f"{user!r} has no right to do that at {registry}"
            case 429 if user is not None:
                return "too many requests; wait a while"
            case 429:
                return f"too many requests for an anonymous user; log in with {command} or wait"
            case _:
                return f"the repository does not exist or is private; log in with {command} if it is private"

    def _hint(self) -> str | None:
        if self.status == 404:
            if "BLOB_UNKNOWN" in self.codes:
                return "the registry lost a part of the image; it must be pushed anew"
            return "check the name and the tag of the image"
        if self.status >= 500:
            return "the registry has a problem of its own; try again later"
        return None


def printable(text: str) -> str:
    """Foreign text on one line, without control characters and not longer than a reader endures."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= _MAX_MESSAGE_LENGTH else clean[:_MAX_MESSAGE_LENGTH] + "…"


def _parse_errors(body: bytes) -> tuple[tuple[str, ...], list[str]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return (), []
    errors = document.get("errors") if isinstance(document, Mapping) else None
    codes: list[str] = []
    messages: list[str] = []
    for error in errors if isinstance(errors, list) else []:
        if not isinstance(error, Mapping):
            continue
        code, message = error.get("code"), error.get("message")
        if isinstance(code, str):
            codes.append(printable(code))
        if isinstance(message, str) and message:
            messages.append(message)
    details = document.get("details") if isinstance(document, Mapping) else None
    if not messages and isinstance(details, str):
        messages.append(details)
    return tuple(codes), messages
