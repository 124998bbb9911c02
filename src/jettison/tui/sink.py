"""Where a build's events go: from any thread, one at a time, to the display that the user asked for."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import TracebackType

from jettison.enums import StrEnum
from jettison.hints import Protocol, Self, TextIO
from jettison.pools import begin
from jettison.solve.events import BuildStarted, Event

FRAME_SECONDS = 0.1
"""How often the live display is drawn."""


class ProgressMode(StrEnum):
    """The values of ``--progress``, and ``quiet``."""

    AUTO = "auto"
    PLAIN = "plain"
    TTY = "tty"
    RAWJSON = "rawjson"
    QUIET = "quiet"


class Display(Protocol):
    """One way of showing a build. Called by one thread at a time."""

    def feed(self, event: Event) -> None:
        """Take in an event."""

    def tick(self, now: float) -> None:
        """Time has passed."""

    def close(self, now: float) -> None:
        """The build is over, well or not: say the last things and give the terminal back."""


class QuietDisplay:
    """Shows nothing."""

    def feed(self, event: Event) -> None:
        """Ignore the event."""

    def tick(self, now: float) -> None:
        """Ignore the time."""

    def close(self, now: float) -> None:
        """Nothing was shown."""


class EventSink:
    """A display made safe for many threads, and kept alive by a ticking one; a context manager.

    Where the output is gone (a closed pipe), the build goes on without display.
    """

    def __init__(self, display: Display, clock: Callable[[], float] = time.time) -> None:
        self._display = display
        self._clock = clock
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ticker: threading.Thread | None = None
        self._broken = False

    def __call__(self, event: Event) -> None:
        """Show an event. Any thread may call this."""
        with self._lock:
            self._guard(lambda: self._display.feed(event))
        if isinstance(event, BuildStarted) and self._ticker is None:
            self._ticker = begin(threading.Thread(target=self._tick, name="progress", daemon=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Show the last things. Calling it again does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        if self._ticker is not None:
            self._ticker.join()
        with self._lock:
            self._guard(lambda: self._display.close(self._clock()))

    def _tick(self) -> None:
        while not self._over.wait(FRAME_SECONDS):
            with self._lock:
                self._guard(lambda: self._display.tick(self._clock()))

    def _guard(self, action: Callable[[], None]) -> None:
        if not self._broken:
            try:
                action()
            except OSError:
                self._broken = True


def make_sink(
    mode: ProgressMode, stream: TextIO, *, term: str = "", no_color: bool = False, verb: str = "Building"
) -> EventSink:
    """The sink for ``mode`` that writes to ``stream``; ``auto`` is ``tty`` on a terminal that can, else ``plain``.

    ``verb`` is what the live display's header says.
    """
    if mode is ProgressMode.AUTO:
        mode = ProgressMode.TTY if stream.isatty() and term not in ("", "dumb") else ProgressMode.PLAIN

    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    return EventSink(_make_display(mode, stream, write, no_color=no_color, verb=verb))


def _make_display(
    mode: ProgressMode, stream: TextIO, write: Callable[[str], None], *, no_color: bool, verb: str
) -> Display:
    if mode is ProgressMode.TTY:
        from jettison.tui.frame import COLOURS, NO_COLOURS
        from jettison.tui.live import LiveDisplay

        return LiveDisplay(write, lambda: terminal_size(stream), NO_COLOURS if no_color else COLOURS, verb)
    if mode is ProgressMode.RAWJSON:
        from jettison.tui.rawjson import JsonDisplay

        return JsonDisplay(write)
    if mode is ProgressMode.QUIET:
        return QuietDisplay()
    from jettison.tui.plain import PlainDisplay

    return PlainDisplay(write)


def terminal_size(stream: TextIO) -> tuple[int, int]:
    """The columns and rows of the terminal behind ``stream``; 80 and 24 where it does not know."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return (size.columns, size.lines) if size.columns and size.lines else (80, 24)
