"""The attributes of a target: how each is read from a value, written to one, combined with an inherited one, shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jettison.bake.entries import (
    EntryError,
    Options,
    Secret,
    Ssh,
    check_attest,
    check_typed,
    last_by_id,
    last_by_type,
    parse_attest,
    parse_caches,
    parse_output,
    parse_policy,
    parse_secret,
    parse_ssh,
    without_repeats,
)
from jettison.bake.model import Target
from jettison.frozen import dataclass, replace
from jettison.hcl.convert import ConversionError, convert
from jettison.hcl.types import BOOL, NUMBER, STRING, ListType, MapType, ObjectType, Type, friendly_name
from jettison.hcl.values import Value, boolean, list_of, map_of, null, number, object_of, string, strings
from jettison.hints import Any
from jettison.text.suggest import did_you_mean

_LIST = ListType(STRING)
_MAP = MapType(STRING)
_SECRET = ObjectType.of({"id": STRING, "src": STRING, "env": STRING}, ("id", "src", "env"))
_SSH = ObjectType.of({"id": STRING, "paths": _LIST}, ("id", "paths"))
_NUMBERS = ("cpu-shares", "cpu-period", "cpu-quota")
RESOURCES = ("memory", "memory-swap", *_NUMBERS, "cpuset-cpus", "cpuset-mems")
"""The limits that ``resources`` knows, in the order in which they are printed."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. ``Any`` is the type of its field in :class:`Target`."""

    name: str
    """In the file."""
    read: Callable[[Value], Any]
    """From a value that is not null. Raises :class:`ConversionError` or :class:`EntryError`."""
    write: Callable[[Any], Value]
    """To a value, for expressions such as ``target.app.tags``."""
    type: Type
    """Of that value."""
    print: Callable[[Any], Any]
    """To what JSON shows; something empty is left out."""
    combine: Callable[[Any, Any], Any] = lambda inherited, own: own
    """What becomes of two values that are both given."""
    tidy: Callable[[Any], Any] = lambda own: own
    """The value without repetitions."""
    empty: Any = None
    """What a value is combined with where nothing is inherited; None: it is taken as it is."""

    @property
    def field(self) -> str:
        """The name of the field in :class:`Target`."""
        return self.name.replace("-", "_")

    def of(self, target: Target) -> Any:
        """The target's value, None where it is not given."""
        return getattr(target, self.field)

    def value_of(self, given: Any) -> Value:
        """What expressions see of it. Where it is not given, that is null, or no entries."""
        if given is not None:
            return self.write(given)
        if self.name == "description":
            return string("")
        has_entries = isinstance(self.type, ListType) and self.type.element != STRING
        return Value(self.type, ()) if has_entries else null(self.type)


def merge(inherited: Target, own: Target) -> Target:
    """``own`` on top of ``inherited``; the name is that of ``inherited``."""
    changes = {}
    for attribute in ATTRIBUTES:
        before, after = attribute.of(inherited), attribute.of(own)
        if after is None or (attribute.name == "description" and not after):
            continue
        if before is None:
            before = attribute.empty
        changes[attribute.field] = after if before is None else attribute.combine(before, after)
    return replace(inherited, **changes)


def tidied(target: Target) -> Target:
    """The target without repetitions, and with what its network mode needs."""
    changes = {each.field: each.tidy(each.of(target)) for each in ATTRIBUTES if each.of(target) is not None}
    if target.network == "host":
        changes["entitlements"] = _unique((*(target.entitlements or ()), "network.host"))
    return replace(target, **changes)


def read_resource(name: str, text: str) -> str:
    """The text of a limit. Raises :class:`EntryError`."""
    if name not in RESOURCES:
        raise EntryError(f"unknown resources key {name!r}", did_you_mean(name, RESOURCES))
    if name in _NUMBERS and not text.lstrip("-").isdecimal():
        raise EntryError(f"resources.{name} is a whole number, not {text!r}")
    return text


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _escaped(text: str) -> str:
    """The text as HCL would have it written, so that what is printed can be baked again."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _read_texts(value: Value) -> tuple[str, ...]:
    items = convert(value, _LIST).items
    if any(item.is_null for item in items):
        raise ConversionError("an element is null, and a string is required")
    return tuple(item.text for item in items)


def _read_map(value: Value) -> dict[str, str | None]:
    entries = convert(value, _MAP).entries
    return {name: None if item.is_null else item.text for name, item in entries.items()}


def _read_full_map(value: Value) -> dict[str, str]:
    entries = convert(value, _MAP).entries
    if missing := next((name for name, item in entries.items() if item.is_null), None):
        raise ConversionError(f"element {missing!r} is null, and a string is required")
    return {name: item.text for name, item in entries.items()}


def _write_map(given: Mapping[str, str | None]) -> Value:
    return map_of({name: null(STRING) if text is None else string(text) for name, text in given.items()}, STRING)


def _combine_maps(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {**inherited, **{name: item for name, item in own.items() if item is not None}}


def _scalar(name: str, *, escape: bool = False) -> Attribute:
    return Attribute(
        name,
        read=lambda value: convert(value, STRING).text,
        write=string,
        type=STRING,
        print=_escaped if escape else lambda given: given,
    )


def _truth(name: str) -> Attribute:
    return Attribute(name, lambda value: convert(value, BOOL).truth, boolean, BOOL, lambda given: given)


def _texts(name: str, *, append: bool = False, escape: bool = False) -> Attribute:
    return Attribute(
        name,
        read=_read_texts,
        write=strings,
        type=_LIST,
        print=lambda given: [_escaped(text) if escape else text for text in given],
        combine=(lambda inherited, own: inherited + own) if append else (lambda inherited, own: own),
        tidy=(lambda given: given) if name == "inherits" else _unique,
    )


def _map(name: str) -> Attribute:
    def show(given: Mapping[str, str | None]) -> dict[str, str | None]:
        return {key: None if text is None else _escaped(text) for key, text in sorted(given.items())}

    return Attribute(name, _read_map, _write_map, _MAP, show, _combine_maps, empty={})


def _read_entries(value: Value, parse: Callable[[str], list[Any]], from_object: Callable[[Value], Any]) -> Any:
    if not value.is_sequence:
        raise ConversionError(f"a list is required, but this is {friendly_name(value.type)}")
    entries: list[Any] = []
    for item in value.items:
        if item.is_null:
            raise ConversionError("an element is null")
        if item.type != STRING:
            entries.append(from_object(item))
        elif item.text:
            entries += parse(item.text)
    return tuple(entries)


def _options(
    name: str,
    parse: Callable[[str], list[Options]],
    check: Callable[[Options], Options],
    tidy: Callable[[Any], Any],
    *,
    append: bool = False,
    always: tuple[str, ...] = (),
    show: Callable[[Options], dict[str, Any]] = lambda entry: dict(sorted(entry.fields.items())),
) -> Attribute:
    def write(given: tuple[Options, ...]) -> Value:
        return list_of([_write_map({**dict.fromkeys(always, ""), **entry.fields}) for entry in given], _MAP)

    return Attribute(
        name,
        read=lambda value: _read_entries(value, parse, lambda item: check(Options(_read_present(item)))),
        write=write,
        type=ListType(_MAP),
        print=lambda given: [show(entry) for entry in given],
        combine=(lambda inherited, own: tidy(inherited + own)) if append else (lambda inherited, own: own),
        tidy=tidy,
    )


def _read_present(value: Value) -> dict[str, str]:
    return {name: text for name, text in _read_map(value).items() if text is not None}


def _show_attest(entry: Options) -> dict[str, Any]:
    return {key: True if key == "disabled" else value for key, value in sorted(entry.fields.items())}


def _secret_of(value: Value) -> Secret:
    fields = convert(value, _SECRET).entries
    return Secret(**{name: "" if item.is_null else item.text for name, item in fields.items()})


def _ssh_of(value: Value) -> Ssh:
    fields = convert(value, _SSH).entries
    name, paths = fields["id"], fields["paths"]
    return Ssh(id="" if name.is_null else name.text, paths=() if paths.is_null else _read_texts(paths))


def _read_resources(value: Value) -> dict[str, str]:
    return {name: read_resource(name, text) for name, text in _read_present(value).items()}


def _write_resources(given: Mapping[str, str]) -> Value:
    def part(name: str) -> Value:
        type_ = NUMBER if name in _NUMBERS else STRING
        if name not in given:
            return null(type_)
        return number(int(given[name])) if type_ == NUMBER else string(given[name])

    return object_of({name: part(name) for name in RESOURCES})


def _show_resources(given: Mapping[str, str]) -> dict[str, Any]:
    return {name: int(given[name]) if name in _NUMBERS else given[name] for name in RESOURCES if name in given}


_RESOURCES_TYPE = ObjectType.of({name: NUMBER if name in _NUMBERS else STRING for name in RESOURCES})

ATTRIBUTES: tuple[Attribute, ...] = (
    _scalar("description"),
    _texts("inherits", append=True),
    _texts("annotations", append=True, escape=True),
    _options("attest", lambda text: [parse_attest(text)], check_attest, last_by_type, append=True, show=_show_attest),
    _scalar("context"),
    Attribute(
        "contexts",
        _read_full_map,
        _write_map,
        _MAP,
        print=lambda given: dict(sorted(given.items())),
        combine=_combine_maps,
        tidy=lambda given: {name: place for name, place in given.items() if place},
    ),
    _scalar("dockerfile"),
    _scalar("dockerfile-inline", escape=True),
    _map("args"),
    _map("labels"),
    _texts("tags"),
    _options("cache-from", parse_caches, check_typed, without_repeats, append=True),
    _options("cache-to", parse_caches, check_typed, without_repeats),
    _scalar("target"),
    Attribute(
        "secret",
        read=lambda value: _read_entries(value, lambda text: [parse_secret(text)], _secret_of),
        write=lambda given: list_of(
            [object_of({"id": string(each.id), "src": string(each.src), "env": string(each.env)}) for each in given],
            _SECRET,
        ),
        type=ListType(_SECRET),
        print=lambda given: [
            {key: text for key, text in (("id", each.id), ("src", each.src), ("env", each.env)) if text}
            for each in given
        ],
        combine=lambda inherited, own: last_by_id(inherited + own),
        tidy=last_by_id,
    ),
    Attribute(
        "ssh",
        read=lambda value: _read_entries(value, lambda text: [parse_ssh(text)], _ssh_of),
        write=lambda given: list_of(
            [object_of({"id": string(each.id), "paths": strings(each.paths)}) for each in given], _SSH
        ),
        type=ListType(_SSH),
        print=lambda given: [{"id": each.id, **({"paths": list(each.paths)} if each.paths else {})} for each in given],
        combine=lambda inherited, own: last_by_id(inherited + own),
        tidy=last_by_id,
    ),
    _texts("platforms"),
    _options("output", lambda text: [parse_output(text)], check_typed, without_repeats, always=("dest",)),
    _truth("pull"),
    _truth("no-cache"),
    _scalar("network"),
    _texts("no-cache-filter", append=True),
    _scalar("shm-size"),
    _texts("ulimits", append=True),
    Attribute("resources", _read_resources, _write_resources, _RESOURCES_TYPE, _show_resources, _combine_maps),
    _scalar("call"),
    _texts("entitlements", append=True),
    _map("extra-hosts"),
    _options("policy", lambda text: [parse_policy(text)], lambda entry: entry, lambda given: given, append=True),
)
"""In the order in which they are printed."""

BY_NAME: Mapping[str, Attribute] = {attribute.name: attribute for attribute in ATTRIBUTES}
NAMES = (*BY_NAME, "matrix", "name")
"""What may be set in a target."""
