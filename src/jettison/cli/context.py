"""What a command is given besides its arguments: the settings and the three standard streams."""

from __future__ import annotations

import sys

from jettison.cli.environment import Settings
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    from jettison.store import Store

_DEFAULT_COLUMNS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Standard input as bytes; standard output and error as text, with the bytes below in ``buffer``."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def standard(cls) -> Streams:
        """Those of this process."""
        return cls(stdin=sys.stdin.buffer, stdout=sys.stdout, stderr=sys.stderr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The surroundings of one command."""

    settings: Settings
    streams: Streams
    debug: bool = False
    argv: tuple[str, ...] = ()
    """The whole command line."""

    def open_store(self) -> Store:
        """The store; the caller closes it."""
        from jettison.store.store import Store

        return Store.open(self.settings.home)

    def write(self, text: str) -> None:
        """Write the command's result."""
        self.streams.stdout.write(text)

    def write_bytes(self, data: bytes) -> None:
        """Write a part of the result that is no text, or whose bytes are to stay what they are."""
        self.streams.stdout.flush()
        self.streams.stdout.buffer.write(data)
        self.streams.stdout.buffer.flush()

    def remark(self, text: str) -> None:
        """Tell the user something that is not the result; names in it may come from strangers."""
        from jettison.report.table import printable

        lines = (printable(line) for line in text.split("\n"))
        self.streams.stderr.write("".join(f"{line}\n" for line in lines))
        self.streams.stderr.flush()

    def is_coloured(self) -> bool:
        """Whether the result goes to somebody who sees colours and wants them."""
        settings = self.settings
        return self.streams.stdout.isatty() and not settings.no_color and settings.term not in ("", "dumb")

    def columns(self) -> int:
        """The width for texts: COLUMNS, else that of the terminal, else 80."""
        if self.settings.columns is not None:
            return self.settings.columns
        if self.streams.stdout.isatty():
            from jettison.tui.sink import terminal_size

            return terminal_size(self.streams.stdout)[0]
        return _DEFAULT_COLUMNS
