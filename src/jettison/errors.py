"""The error categories of jettison, each with its documented exit code.

Every error that a user can cause or meet is a :class:`JettisonError`. Its text says what failed, on what, why, and what
was expected; ``hint`` says what to do next and is printed on a line of its own. Libraries raise; only the CLI prints.
The table of exit codes in ``docs/exit-codes.md`` is checked against this module by a test.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # every start imports this module, and typing takes longer than all of it
    from typing import Self


class JettisonError(Exception):
    """The root of all errors that are reported without a traceback."""

    exit_code: int = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place: str | None = None
        """Where it happened, ready to print on lines of its own: the marked lines of a Dockerfile, a log's end."""

    def at(self, place: str) -> Self:
        """The same error, told where it happened; the innermost place is kept."""
        if self.place is None:
            self.place = place
        return self


class UsageError(JettisonError):
    """The command line is wrong: an unknown flag, a missing argument, values that exclude each other."""

    exit_code = 2


class DockerfileError(JettisonError):
    """The Dockerfile cannot be read or means nothing. The message starts with ``path:line:column``."""

    exit_code = 1


class BuildError(JettisonError):
    """A step of the build failed: a RUN that exited non-zero, a COPY whose source is missing."""

    exit_code = 1


class NotFoundError(JettisonError):
    """An image, container, stage or file that was named does not exist."""

    exit_code = 1


class RegistryError(JettisonError):
    """A registry refused, could not be reached, or answered with something that is not the distribution API."""

    exit_code = 4


class IntegrityError(JettisonError):
    """Bytes do not match their digest or their format: a corrupt archive, layout, layer or store record."""

    exit_code = 5


class StorageError(JettisonError):
    """The local disk failed: full, read-only, or without permission."""

    exit_code = 6


class SandboxError(JettisonError):
    """No way of running a command works here, or the one asked for does not."""

    exit_code = 7


class CancelledError(JettisonError):
    """The user interrupted (Ctrl-C, SIGTERM)."""

    exit_code = 130
