"""The ``check`` parser directive: ``# check=skip=RULE,RULE;error=true`` (BuildKit: ``linter.ParseLintOptions``)."""

from __future__ import annotations

from jettison.dockerfile.words import SPACE
from jettison.frozen import dataclass, replace
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean

_ALL = "all"
_NAMES = ("skip", "experimental", "error")
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What a Dockerfile asks of those who check it."""

    skip: tuple[str, ...] = ()
    """Rules not to apply."""
    skip_all: bool = False
    experimental: tuple[str, ...] = ()
    """Experimental rules to apply."""
    experimental_all: bool = False
    error: bool = False
    """Warnings are errors."""


def parse_check_options(word: Word) -> CheckOptions:
    """Read the directive's value; raises :class:`SourceError`."""
    options = CheckOptions()
    if not word.text:
        return options
    for part in word.text.split(";", 2):
        name, equals, value = part.partition("=")
        name, value = name.strip(SPACE), value.strip(SPACE)
        rules = tuple(rule.strip(SPACE) for rule in value.split(","))
        match name:
            case "skip" if equals:
                options = replace(options, skip_all=True) if value == _ALL else replace(options, skip=rules)
            case "experimental" if equals:
                is_all = value == _ALL
                options = replace(options, experimental_all=True) if is_all else replace(options, experimental=rules)
            case "error" if equals and value in _TRUE + _FALSE:
                options = replace(options, error=value in _TRUE)
            case "error" if equals:
                raise error_at(word.span, f"invalid value {quoted(value)} for check option error", hint="true or false")
            case _:
                hint = did_you_mean(name, _NAMES) or "check=skip=RULE,RULE;error=true"
                raise error_at(word.span, f"invalid check option {quoted(part)}", hint=hint)
    return options
