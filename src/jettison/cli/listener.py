"""The events of a build, kept on their way to the display."""

from __future__ import annotations

from collections.abc import Callable

from jettison.solve.events import Event


class Listener:
    """A sink that keeps what it passes on."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Take an event from any thread."""
        self.events.append(event)
        self._emit(event)
