"""Secrets and ssh agents: what the user hands to a build, and what reaches a step that names it, and nothing else.

A secret is read when a step needs it, handed to the sandbox in memory, and forgotten. No event, no key and no record is
made of it.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from jettison.errors import BuildError, CancelledError, UsageError
from jettison.frozen import dataclass, field, replace
from jettison.hints import TYPE_CHECKING, Self
from jettison.sources.access import RemoteAccess

if TYPE_CHECKING:
    from jettison.sources.ssh_agent import AgentSource

MAX_SECRET_BYTES = 500 << 10
"""BuildKit's limit."""
_LOOK_MILLISECONDS = 100
"""How often whoever waits for a pipe looks whether it is still wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """A secret under the name that a Dockerfile knows it by: a text, or a file of this machine."""

    id: str
    value: bytes | None = field(default=None, repr=False)
    path: Path | None = None


class Credentials:
    """What one build was given. Safe to use from several threads; agents that it started end with it."""

    def __init__(self, secrets: Iterable[SecretSource] = (), agents: Iterable[AgentSource] = ()) -> None:
        """Raises :class:`UsageError` for files that are not there; of two secrets with one name the last counts."""
        self._secrets = {secret.id: secret for secret in secrets}
        self._agents = {agent.id: agent for agent in agents}
        self._sockets: dict[str, Path] = {}
        self._guard = threading.Lock()
        self._stack = ExitStack()
        for secret in self._secrets.values():
            _check(secret)
        for agent in self._agents.values():
            agent.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def secret(self, name: str, *, required: bool, cancelled: threading.Event | None = None) -> bytes | None:
        """A secret's bytes; None where it was not given and is not required. Raises :class:`BuildError`.

        What is a pipe is waited for until ``cancelled`` is set: :class:`CancelledError`.
        """
        source = self._secrets.get(name)
        if source is None:
            if required:
                raise BuildError(f"secret {name}: not found", hint=f"give it by --secret id={name},src=FILE")
            return None
        if source.value is not None:
            return source.value
        assert source.path is not None
        try:
            data = _read(source.path, cancelled)
        except OSError as error:
            raise BuildError(f"secret {name}: cannot read {str(source.path)!r}: {error.strerror}") from error
        if len(data) > MAX_SECRET_BYTES:
            raise BuildError(f"secret {name}: invalid secret size {len(data)}", hint=f"at most {MAX_SECRET_BYTES}")
        return data

    def agent(self, name: str, *, required: bool) -> Path | None:
        """The socket of an agent; None where it was not given and is not required. Raises :class:`BuildError`."""
        source = self._agents.get(name)
        if source is None:
            if required:
                hint = f"--ssh {name} gives your agent" if name == "default" else f"give it by --ssh {name}=SOCKET"
                raise BuildError(f"unset ssh forward key {name}", hint=hint)
            return None
        from jettison.sources.ssh_agent import running_agent

        with self._guard:
            if name not in self._sockets:
                self._sockets[name] = self._stack.enter_context(running_agent(source))
            return self._sockets[name]


def with_secrets(
    access: RemoteAccess, given: Sequence[Credentials], cancelled: threading.Event | None = None
) -> RemoteAccess:
    """The access with which fetching may log in by the secrets of a build, those of the first request that has them.

    What is a pipe is waited for until ``cancelled`` is set.
    """

    def secret(name: str) -> bytes | None:
        found = (credentials.secret(name, required=False, cancelled=cancelled) for credentials in given)
        return next((data for data in found if data is not None), None) or access.secret(name)

    return replace(access, secret=secret)


def _read(path: Path, cancelled: threading.Event | None) -> bytes:
    """A file's bytes, at most one more than a secret may have."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        data = b""
        while len(data) <= MAX_SECRET_BYTES:
            # A pipe that nobody has opened for writing yet is not ready, and reading it would look like its end.
            while is_pipe and not poll.poll(_LOOK_MILLISECONDS):
                if cancelled is not None and cancelled.is_set():
                    raise CancelledError("cancelled")
            chunk = file.read(MAX_SECRET_BYTES + 1 - len(data))
            if not chunk:
                break
            data += chunk
        return data


def _check(secret: SecretSource) -> None:
    if secret.path is None:
        return
    try:
        size = secret.path.stat().st_size
    except OSError as error:
        raise UsageError(
            f"--secret id={secret.id}: failed to stat {str(secret.path)!r}: {error.strerror}",
            hint=f"name a file that exists, or a variable: --secret id={secret.id},env=NAME",
        ) from error
    if size > MAX_SECRET_BYTES:
        raise UsageError(f"secret {str(secret.path)!r} too big. max size 500KB")
