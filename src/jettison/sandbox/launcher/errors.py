"""What can go wrong between a request and the command's first instruction."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126
COMMAND_NOT_STARTED = 125


class LaunchError(Exception):
    """The sandbox could not be set up: what was being done, on what, and why it failed."""


class CommandError(Exception):
    """The sandbox stands, but the command cannot be started: docker's words and exit code for it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Turn an OSError into a LaunchError that says what was being done."""
    try:
        yield
    except OSError as error:
        subject = f" ({error.filename})" if error.filename else ""
        raise LaunchError(f"{what}: {error.strerror}{subject}") from error
