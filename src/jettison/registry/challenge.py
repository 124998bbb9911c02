"""The WWW-Authenticate header (RFC 9110, section 11.6.1), as registries write it and as they should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.frozen import dataclass, field
from jettison.patterns import late_pattern

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = late_pattern(rf'\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}[^\s,]*|[^\s,"]+))')
_SCHEME = late_pattern(rf"({_WORD})(?:\s+|$|(?=,))")
_TOKEN68 = late_pattern(r"[A-Za-z0-9\-._~+/]+=*\s*(?:,|$)")
_ESCAPE = late_pattern(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One way of proving who one is; scheme and parameter names are lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of every header, in order; what cannot be understood is left out."""
    return tuple(challenge for header in headers for challenge in _parse_header(header))


def _parse_header(header: str) -> list[Challenge]:
    challenges: list[Challenge] = []
    position = 0
    while position < len(header):
        if header[position] in ", \t":
            position += 1
            continue
        if challenges and (match := _PARAMETER.match(header, position)):
            name, quoted, bare = match.groups()
            value = bare if quoted is None else _ESCAPE.sub(r"\1", quoted)
            last = challenges[-1]
            challenges[-1] = Challenge(scheme=last.scheme, parameters={**last.parameters, name.lower(): value})
        elif match := _SCHEME.match(header, position):
            challenges.append(Challenge(scheme=match[1].lower()))
            position = match.end()
            match = None if _PARAMETER.match(header, position) else _TOKEN68.match(header, position)
            if match is None:
                continue
        else:
            break
        position = match.end()
    return challenges
