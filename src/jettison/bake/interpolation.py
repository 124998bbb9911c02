"""Variables in Compose files: ``$NAME``, ``${NAME:-default}`` and so on (compose-spec ``12-interpolation.md``)."""

from __future__ import annotations

from collections.abc import Callable

from jettison.patterns import late_pattern

Lookup = Callable[[str], str | None]
"""The value of a variable, None where it is not set."""

_NAME = late_pattern(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATOR = late_pattern(r":?[-+?]")
_MAX_DEPTH = 50


def interpolate(text: str, lookup: Lookup, depth: int = 0) -> str:
    """``text`` with the variables in it replaced. Raises :class:`ValueError` that says what is wrong."""
    if "$" not in text:
        return text
    if depth > _MAX_DEPTH:
        raise ValueError("variables are nested too deeply")
    parts = []
    offset = 0
    while (dollar := text.find("$", offset)) >= 0:
        parts.append(text[offset:dollar])
        if text.startswith("$$", dollar):
            parts.append("$")
            offset = dollar + 2
        elif text.startswith("${", dollar):
            end = _closing(text, dollar + 2)
            parts.append(_braced(text[dollar + 2 : end], lookup, depth))
            offset = end + 1
        elif match := _NAME.match(text, dollar + 1):
            parts.append(lookup(match[0]) or "")
            offset = match.end()
        else:
            raise ValueError("a $ that is no variable is written $$")
    return "".join((*parts, text[offset:]))


def _closing(text: str, offset: int) -> int:
    """Where the brace is closed that was opened before ``offset``."""
    depth = 1
    for place in range(offset, len(text)):
        if text.startswith("${", place):
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if not depth:
                return place
    raise ValueError("${ has no closing brace")


def _braced(inside: str, lookup: Lookup, depth: int) -> str:
    name = _NAME.match(inside)
    if name is None:
        raise ValueError(f"${{{inside}}} has no name of a variable")
    value = lookup(name[0])
    rest = inside[name.end() :]
    if not rest:
        return value or ""
    operator = _OPERATOR.match(rest)
    if operator is None:
        raise ValueError(f"${{{inside}}}: what stands behind the name is no modifier; there are -, +, ? and :-, :+, :?")
    word = rest[operator.end() :]
    there = value is not None and (value != "" or ":" not in operator[0])
    match operator[0][-1]:
        case "-":
            return (value or "") if there else interpolate(word, lookup, depth + 1)
        case "+":
            return interpolate(word, lookup, depth + 1) if there else ""
    if there:
        return value or ""
    reason = interpolate(word, lookup, depth + 1)
    raise ValueError(f"the variable {name[0]} is missing{f': {reason}' if reason else ''}")
