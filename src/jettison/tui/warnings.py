"""What the checks of a Dockerfile found, summed up at the end of a build as buildx does."""

from __future__ import annotations

from collections.abc import Callable

from jettison.frozen import replace
from jettison.solve.events import Event, LintWarning
from jettison.tui.text import safe_text


class WarningSummary:
    """Keeps the warnings among a build's events."""

    def __init__(self) -> None:
        self._warnings: dict[LintWarning, LintWarning] = {}
        """By what they say, whenever they say it: targets may share a Dockerfile."""

    def passing_on(self, emit: Callable[[Event], None]) -> Callable[[Event], None]:
        """A sink that keeps warnings and hands every event on."""

        def take(event: Event) -> None:
            if isinstance(event, LintWarning):
                self._warnings.setdefault(replace(event, time=0.0), event)
            emit(event)

        return take

    @property
    def found(self) -> tuple[LintWarning, ...]:
        """All of them, each once, in the order in which they came."""
        return tuple(self._warnings.values())

    def text(self, *, debug: bool) -> str:
        """The summary, with ``debug`` also what each rule wants and the lines; empty where nothing was found."""
        if not self._warnings:
            return ""
        count = "1 warning" if len(self._warnings) == 1 else f"{len(self._warnings)} warnings"
        hint = "" if debug else " (use --debug to expand)"
        parts = [f"\n {count} found{hint}:\n"]
        for warning in self._warnings:
            parts.append(f" - {warning.rule}: {safe_text(warning.message)} (line {warning.line})\n")
            if debug:
                parts.append(_details(warning))
        return "".join(parts)


def _details(warning: LintWarning) -> str:
    lines = [warning.description]
    lines += [f"More info: {warning.url}"] if warning.url else []
    lines += [warning.location, *warning.excerpt.splitlines()]
    return "".join(f"{safe_text(line)}\n" for line in lines) + "\n"
