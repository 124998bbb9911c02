"""Regular expressions that are compiled when they are first used: one run of the program uses few of all there are."""

from __future__ import annotations

import re

from jettison.hints import TYPE_CHECKING, Any, AnyStr


class _LatePattern:
    """What :func:`re.compile` gives, once somebody asks it for something."""

    def __init__(self, expression: Any, flags: int) -> None:
        self._expression = expression
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Called for what was not asked for before; from then on it is found without a detour."""
        found = getattr(re.compile(self._expression, self._flags), name)
        setattr(self, name, found)
        return found


def _late_pattern(expression: Any, flags: int = 0) -> Any:
    return _LatePattern(expression, flags)


if TYPE_CHECKING:

    def late_pattern(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """As :func:`re.compile`; an expression that is wrong shows at its first use."""

else:
    late_pattern = _late_pattern
