"""What differs between two image configs, as far as a container notices it: times and history are left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.config import ImageConfig
from jettison.model.config_json import run_config_document


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """One setting."""

    what: str
    """In docker's words: ``Env PATH``, ``Label team``, ``Cmd``, ``Platform``."""
    old: str | None
    """None: it was not set. What is no text is JSON."""
    new: str | None


_PARTS = {"Env": "Env", "Labels": "Label", "ExposedPorts": "ExposedPort", "Volumes": "Volume"}
"""Settings that are many, and what one of them is called."""


def config_changes(old: ImageConfig, new: ImageConfig) -> tuple[ConfigChange, ...]:
    """The settings that differ, in docker's order; none for images that run alike."""
    return tuple(_changes(old, new))


def _changes(old: ImageConfig, new: ImageConfig) -> Iterator[ConfigChange]:
    yield from _change("Platform", str(old.platform), str(new.platform))
    yield from _change("Author", old.author or None, new.author or None)
    before, after = run_config_document(old.run), run_config_document(new.run)
    for key in dict.fromkeys([*before, *after]):
        one, other = before.get(key), after.get(key)
        if key in _PARTS:
            yield from _part_changes(_PARTS[key], _table(one), _table(other))
        else:
            yield from _change(key, _said(one), _said(other))


def _part_changes(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ConfigChange]:
    for part in dict.fromkeys([*old, *new]):
        yield from _change(f"{name} {part}", old.get(part), new.get(part))


def _change(what: str, old: str | None, new: str | None) -> Iterator[ConfigChange]:
    if old != new:
        yield ConfigChange(what=what, old=old, new=new)


def _table(value: Any) -> dict[str, str]:
    """Variables, labels or names as a table."""
    if isinstance(value, list):
        return {name: text for name, _, text in (str(item).partition("=") for item in value)}
    return {key: item if isinstance(item, str) else "" for key, item in (value or {}).items()}


def _said(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
