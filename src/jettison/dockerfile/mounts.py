"""``RUN --mount`` and ``RUN --device``: comma separated fields (RFC 4180, one line) of ``key=value``.

Any field of a mount but ``from`` may hold variables, so a mount is read in two steps: :func:`parse_mount` cuts it into
fields, :func:`resolve_mount` gives them their meaning once there is something to expand variables with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum, auto

from jettison.frozen import dataclass, replace
from jettison.hints import TypeVar
from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError, error_at, quoted
from jettison.text.span import Span, Word
from jettison.text.suggest import did_you_mean

Expand = Callable[[Word], str]
_Choice = TypeVar("_Choice", bound=StrEnum)

_BOOLEANS = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)
_BOOLEANS |= dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False)
_SIZE = late_pattern(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?(?:(b)|([kmgtp])(?:i?b)?)?", re.IGNORECASE | re.ASCII)
_SIZE_UNITS = "kmgtp"
_MAX_NUMBER = 2**32 - 1
_MAX_DIGITS = 20
_KEYS = (
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "env",
)
_OTHER_KEYS = ("src", "dst", "destination", "ro", "rw", "readwrite")


class MountType(StrEnum):
    """What a mount is."""

    BIND = auto()
    CACHE = auto()
    TMPFS = auto()
    SECRET = auto()
    SSH = auto()


class MountSharing(StrEnum):
    """How builds that run at the same time share a cache mount."""

    SHARED = auto()
    PRIVATE = auto()
    LOCKED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class MountField:
    """One field of a mount: ``key=value``, or ``key`` alone."""

    key: str
    """In lower case."""
    value: Word | None
    text: str
    """The field as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountSpec:
    """A mount as written, variables not yet replaced."""

    fields: tuple[MountField, ...]
    word: Word
    """The whole value of the flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A mount, variables replaced."""

    type: MountType = MountType.BIND
    from_: str = ""
    source: str = ""
    target: str = ""
    read_only: bool | None = None
    """None only while it is being read."""
    required: bool = False
    id: str = ""
    sharing: MountSharing | None = None
    size_bytes: int = 0
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    env: str | None = None
    """The variable that a secret is given in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the Container Device Interface."""

    name: str
    required: bool
    word: Word


def parse_mount(word: Word) -> MountSpec:
    """Cut a mount into its fields; raises :class:`SourceError`."""
    fields = []
    for field in _split_fields(word):
        key, equals, value = field.text.partition("=")
        key = key.lower()
        inner = _after(field, len(field.text) - len(value)) if equals else None
        if key == "from" and inner and 0 <= inner.text.find("$") < len(inner.text) - 1:
            raise error_at(
                inner.span,
                "from does not support variable expansion",
                hint="define a stage with FROM and the variable, and name that stage here",
            )
        fields.append(MountField(key=key, value=inner, text=field.text))
    return MountSpec(fields=tuple(fields), word=word)


def resolve_mount(spec: MountSpec, expand: Expand) -> Mount:
    """The mount that the fields describe; ``expand`` replaces the variables of a value. Raises :class:`SourceError`."""
    mount = Mount()
    for field in spec.fields:
        if field.value is None:
            mount = _resolve_switch(mount, field, spec.word)
        else:
            mount = _resolve_field(mount, field, expand(field.value), field.value)
    _check(mount, spec.word)
    if mount.read_only is None:
        return replace(mount, read_only=mount.type not in (MountType.CACHE, MountType.TMPFS))
    return mount


def parse_device(word: Word) -> Device:
    """Read ``--device``: a name, ``name=…``, and ``required``; raises :class:`SourceError`."""
    name, required = "", False
    for field in _split_fields(word):
        key, equals, value = field.text.partition("=")
        match key.lower():
            case "required":
                required = _boolean("required", value, field) if equals else True
            case "name" if equals:
                if name:
                    raise error_at(field.span, f"device name already set to {quoted(name)}")
                name = value
            case key if not name:
                name = field.text
            case key if equals:
                hint = did_you_mean(key, ("name", "required"))
                raise error_at(field.span, f"unexpected key {quoted(key)} in {quoted(field.text)}", hint=hint)
            case _:
                raise error_at(field.span, f"invalid field {quoted(field.text)}, it must be a key=value pair")
    return Device(name=name, required=required, word=word)


def _resolve_switch(mount: Mount, field: MountField, word: Word) -> Mount:
    match field.key:
        case "readonly" | "ro":
            return replace(mount, read_only=True)
        case "readwrite" | "rw":
            return replace(mount, read_only=False)
        case "required":
            return replace(mount, required=_required(mount, word))
        case _:
            raise error_at(word.span, f"invalid field {quoted(field.text)}, it must be a key=value pair")


def _resolve_field(mount: Mount, field: MountField, value: str, word: Word) -> Mount:
    key = field.key
    match key:
        case "type":
            return replace(mount, type=_choice(MountType, value, word, "unsupported mount type"))
        case "from":
            return replace(mount, from_=value)
        case "source" | "src":
            return replace(mount, source=value)
        case "target" | "dst" | "destination":
            return replace(mount, target=value)
        case "readonly" | "ro":
            return replace(mount, read_only=_boolean(key, value, word))
        case "readwrite" | "rw":
            return replace(mount, read_only=not _boolean(key, value, word))
        case "required":
            return replace(mount, required=_required(mount, word) and _boolean(key, value, word))
        case "size":
            if mount.type is not MountType.TMPFS:
                raise _unexpected(key, mount, word)
            return replace(mount, size_bytes=_size(value, word))
        case "id":
            return replace(mount, id=value)
        case "sharing":
            return replace(mount, sharing=_choice(MountSharing, value, word, "unsupported sharing value"))
        case "mode":
            return replace(mount, mode=_number(key, value, 8, word))
        case "uid":
            return replace(mount, uid=_number(key, value, 10, word))
        case "gid":
            return replace(mount, gid=_number(key, value, 10, word))
        case "env":
            return replace(mount, env=value)
        case _:
            hint = did_you_mean(key, _KEYS + _OTHER_KEYS)
            raise error_at(word.span, f"unexpected key {quoted(key)} in {quoted(field.text)}", hint=hint)


def _check(mount: Mount, word: Word) -> None:
    """What only all fields together can tell."""
    if mount.type in (MountType.BIND, MountType.TMPFS):
        for key, value in (("mode", mount.mode), ("uid", mount.uid), ("gid", mount.gid)):
            if value is not None:
                raise error_at(word.span, f"{key} not allowed for {mount.type} mounts")
    if mount.type is MountType.SECRET:
        if mount.from_:
            raise error_at(word.span, "secret mount should not have a from")
        if mount.sharing:
            raise error_at(word.span, "secret mount should not define sharing")
        if not (mount.source or mount.target or mount.id):
            raise error_at(word.span, "invalid secret mount: one of id, source, target is required")
        if mount.source and mount.id:
            raise error_at(word.span, "invalid secret mount: source and id cannot both be set")
        if mount.env == "":
            raise error_at(word.span, "invalid secret mount: env needs the name of a variable")
    if mount.sharing and mount.type is not MountType.CACHE:
        raise error_at(word.span, f"invalid cache sharing set for {mount.type} mount")


def _required(mount: Mount, word: Word) -> bool:
    if mount.type not in (MountType.SECRET, MountType.SSH):
        raise _unexpected("required", mount, word)
    return True


def _unexpected(key: str, mount: Mount, word: Word) -> SourceError:
    hint = "type= must stand before it"
    return error_at(word.span, f"unexpected key {quoted(key)} for mount type {mount.type}", hint=hint)


def _choice(choices: type[_Choice], value: str, word: Word, message: str) -> _Choice:
    try:
        return choices(value.lower())
    except ValueError:
        hint = did_you_mean(value, choices) or f"one of {', '.join(choices)}"
        raise error_at(word.span, f"{message} {quoted(value)}", hint=hint) from None


def _boolean(key: str, value: str, word: Word) -> bool:
    if value not in _BOOLEANS:
        raise error_at(word.span, f"invalid value for {key}: {quoted(value)}", hint="true or false")
    return _BOOLEANS[value]


def _number(key: str, value: str, base: int, word: Word) -> int:
    digits = "01234567" if base == 8 else "0123456789"
    if value and len(value) <= _MAX_DIGITS and all(c in digits for c in value):
        number = int(value, base)
        if number <= _MAX_NUMBER:
            return number
    kind = "an octal number" if base == 8 else "a number"
    raise error_at(word.span, f"invalid value {quoted(value)} for {key}", hint=f"{kind} is expected")


def _size(value: str, word: Word) -> int:
    found = _SIZE.fullmatch(value)
    if found is None or len(value) > _MAX_DIGITS:
        raise error_at(word.span, f"invalid value for size: {quoted(value)}", hint="a size is written like 64m or 1g")
    number, _, unit = found.groups()
    return int(float(number) * 1024 ** (_SIZE_UNITS.index(unit.lower()) + 1 if unit else 0))


def _split_fields(word: Word) -> list[Word]:
    """The fields of a line of comma separated values, quotes taken off."""
    text = word.text
    if not text:
        raise error_at(word.span, "the flag has an empty value")
    fields: list[Word] = []
    position = 0
    while True:
        if text.startswith('"', position):
            field, end = _quoted_field(word, position)
        else:
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            field = _part(word, position, end)
            if '"' in field.text:
                raise error_at(field.span, 'a field that does not begin with " has one inside')
        fields.append(field)
        if end == len(text):
            return fields
        position = end + 1


def _quoted_field(word: Word, position: int) -> tuple[Word, int]:
    end = position + 1
    while True:
        end = word.text.find('"', end)
        if end < 0:
            raise error_at(word.at(position), 'the closing " is missing')
        if not word.text.startswith('"', end + 1):
            break
        end += 2
    if end + 1 < len(word.text) and word.text[end + 1] != ",":
        raise error_at(word.at(end), 'something follows the closing " of a field')
    inner = _part(word, position + 1, end)
    return Word(inner.text.replace('""', '"'), inner.span), end + 1


def _part(word: Word, first: int, last: int) -> Word:
    """A part of a word, with its own place where the word's text is what stands in the file."""
    source, begin, end = word.span
    in_step = end - begin == len(word.text)
    return Word(word.text[first:last], Span(source, begin + first, begin + last) if in_step else word.span)


def _after(word: Word, first: int) -> Word:
    return _part(word, first, len(word.text))
