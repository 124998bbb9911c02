"""The entries of a target's lists: outputs, caches, secrets, …, written as texts (``type=local,dest=x``) or objects."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping

from jettison.frozen import dataclass
from jettison.hints import Protocol, TypeVar
from jettison.text.suggest import did_you_mean

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


class EntryError(Exception):
    """A text is no entry. The text says why, and belongs to whoever knows the place."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Options:
    """An output, a cache, an attestation, a policy: keys and values, mostly with a ``type``."""

    fields: Mapping[str, str]

    @property
    def type(self) -> str:
        """What kind of output, cache or attestation; empty where it has none."""
        return self.fields.get("type", "")

    def get(self, key: str) -> str:
        """A value, empty where there is none."""
        return self.fields.get(key, "")

    def with_field(self, key: str, value: str) -> Options:
        """The same with another value."""
        return Options({**self.fields, key: value})

    def text(self) -> str:
        """As ``--output`` and its like take it."""
        ordered = sorted(self.fields.items(), key=lambda item: (item[0] != "type", item[0]))
        return ",".join(_cell(f"{key}={value}") for key, value in ordered)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of the build: from a file or from the environment."""

    id: str = ""
    src: str = ""
    env: str = ""

    def text(self) -> str:
        """As ``--secret`` takes it."""
        parts = {"id": self.id, "src": self.src, "env": self.env}
        return ",".join(_cell(f"{key}={value}") for key, value in parts.items() if value)


@dataclass(frozen=True, slots=True)
class Ssh:
    """An agent or keys that RUN may use."""

    id: str = ""
    paths: tuple[str, ...] = ()

    def text(self) -> str:
        """As ``--ssh`` takes it."""
        return f"{self.id}={','.join(self.paths)}" if self.paths else self.id


Entry = Options | Secret | Ssh


def parse_truth(text: str) -> bool:
    """``true`` or ``false`` in one of Go's spellings. Raises :class:`EntryError`."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise EntryError(f"{text!r} is neither true nor false")


def parse_caches(text: str) -> list[Options]:
    """``cache-from``, ``cache-to``: references, or one entry with a type."""
    cells = split_cells(text)
    if "=" not in text:
        return [Options({"type": "registry", "ref": cell}) for cell in cells]
    return [_typed(cells, text)]


def parse_output(text: str) -> Options:
    """``output``: a bare path is a folder, ``-`` a tar on standard output."""
    cells = split_cells(text)
    if cells == [text] and not text.startswith("type="):
        return Options({"type": "tar" if text == "-" else "local", "dest": text})
    return _typed(cells, text)


def parse_attest(text: str) -> Options:
    """``attest``: ``type=provenance,mode=max``."""
    return check_attest(Options(dict(_pair(cell) for cell in split_cells(text))))


def check_attest(entry: Options) -> Options:
    """The attestation with ``disabled`` there only where it is true. Raises :class:`EntryError`."""
    if not entry.type:
        raise EntryError("the attestation's type is missing")
    fields = dict(entry.fields)
    if parse_truth(fields.pop("disabled", "false")):
        fields["disabled"] = "true"
    return Options(fields)


def parse_policy(text: str) -> Options:
    """``policy``: ``filename=…,strict=true``."""
    return Options(dict(_pair(cell) for cell in split_cells(text)))


def parse_secret(text: str) -> Secret:
    """``secret``: ``id=token,env=TOKEN``."""
    fields = {"type": "", "id": "", "src": "", "env": ""}
    for cell in split_cells(text):
        key, value = _pair(cell)
        key = "src" if key == "source" else key
        if key not in fields:
            raise EntryError(f"unknown key {key!r} in the secret {text!r}", did_you_mean(key, fields))
        fields[key] = value
    if fields["type"] not in ("", "file", "env"):
        raise EntryError(f"unsupported secret type {fields['type']!r}", "there is file and env")
    if fields["type"] == "env" and not fields["env"]:
        return Secret(id=fields["id"], env=fields["src"])
    return Secret(id=fields["id"], src=fields["src"], env=fields["env"])


def parse_ssh(text: str) -> Ssh:
    """``ssh``: ``default``, ``id=path,path``."""
    name, equals, paths = text.partition("=")
    return Ssh(id=name, paths=tuple(paths.split(",")) if equals else ())


def check_typed(entry: Options) -> Options:
    """The entry, if it has a type. Raises :class:`EntryError`."""
    if not entry.type:
        raise EntryError("type is required")
    return entry


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Any = TypeVar("_Any")
_WithId = TypeVar("_WithId", bound=_Identified)


def without_repeats(entries: Iterable[_Any]) -> tuple[_Any, ...]:
    """The entries each once, in buildx' order: of equal ones the first counts, and the last entry fills the gap."""
    kept = list(entries)
    for first in range(len(kept) - 2, -1, -1):
        for again in range(first + 1, len(kept)):
            if kept[first] == kept[again]:
                kept[again] = kept[-1]
                kept.pop()
                break
    return tuple(kept)


def last_by_id(entries: Iterable[_WithId]) -> tuple[_WithId, ...]:
    """Of entries with the same id the last one, where the first one was."""
    return tuple({entry.id: entry for entry in entries}.values())


def last_by_type(entries: Iterable[Options]) -> tuple[Options, ...]:
    """Of entries with the same type the last one, where the first one was."""
    return tuple({entry.type: entry for entry in entries}.values())


def parse_each(texts: Iterable[str], parse: Callable[[str], _Any]) -> tuple[_Any, ...]:
    """The entries of the texts that are not empty."""
    return tuple(parse(text) for text in texts if text)


def split_cells(text: str) -> list[str]:
    """The cells of one line of CSV. Raises :class:`EntryError`."""
    if '"' not in text:
        return text.split(",")
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        raise EntryError(f"invalid value {text!r}: {error}") from None
    return cells


def _typed(cells: Iterable[str], text: str) -> Options:
    entry = Options(dict(_pair(cell) for cell in cells))
    if not entry.type:
        raise EntryError(f"type is required for {text!r}")
    return entry


def _pair(cell: str) -> tuple[str, str]:
    key, equals, value = cell.partition("=")
    if not equals:
        raise EntryError(f"invalid value {cell!r}: expected key=value")
    return key.strip().lower(), value


def _cell(text: str) -> str:
    if "," not in text and '"' not in text:
        return text
    return '"{}"'.format(text.replace('"', '""'))
