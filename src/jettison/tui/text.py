"""What a program wrote, made safe and short enough to show: lines, without anything that could steer a terminal.

Command output is hostile: it may hold escape sequences that rewrite the screen or the clipboard, bytes that are not
UTF-8, lines without end. Nothing of that reaches the user's terminal through here.
"""

from __future__ import annotations

from jettison.hints import TYPE_CHECKING
from jettison.patterns import late_pattern

if TYPE_CHECKING:
    import re

MAX_LINE_BYTES = 16 * 1024
"""Longer lines are shown in pieces of this size."""

_TAB = "        "
_ESCAPE_SEQUENCE = late_pattern(
    r"\x1b\[[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor movement
    r"|\x9b[0-?]*[ -/]*[@-~]?"  # the same in its 8-bit form
    r"|[\x1b][\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC: titles, clipboard, links
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"  # two-character sequences, such as a reset
)
_CONTROL = late_pattern("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but the tab, line separators, and the marks that change the direction of text."""
_UNDECODED = late_pattern("[\ud800-\udfff]")
"""Bytes that are not UTF-8, as PEP 383 has them in a text; the other halves of pairs come from JSON."""


def safe_text(text: str) -> str:
    r"""``text`` without escape sequences and control characters; tabs are spaces, bytes that are not UTF-8 ``\xff``."""
    if text.isprintable():
        return text
    text = _UNDECODED.sub(_escaped, text)
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text)).replace("\t", _TAB)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code & 0xFF:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


class LineAssembler:
    """Chunks of bytes in, whole lines of safe text out.

    A carriage return starts the line anew, as on a terminal, so of a progress bar only its last state is seen.
    """

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[str]:
        """Take a chunk and give the lines that it completes."""
        *whole, rest = (self._pending + data).split(b"\n")
        lines = [_line(line) for line in whole]
        redrawn = rest.rfind(b"\r", 0, len(rest) - 1)
        if redrawn >= 0:
            rest = rest[redrawn + 1 :]
        while len(rest) > MAX_LINE_BYTES:
            lines.append(_line(rest[:MAX_LINE_BYTES]))
            rest = rest[MAX_LINE_BYTES:]
        self._pending = rest
        return lines

    def partial(self) -> str:
        """The line that has begun and not ended."""
        return _line(self._pending)

    def finish(self) -> list[str]:
        """The last line where it lacks its newline, else nothing."""
        rest, self._pending = self._pending, b""
        return [_line(rest)] if rest.strip(b"\r") else []


def _line(data: bytes) -> str:
    data = data.rstrip(b"\r")
    return safe_text(data[data.rfind(b"\r") + 1 :].decode("utf-8", "replace"))
