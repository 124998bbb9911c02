"""All functions by name, and those that need to know something of the world: it is handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from jettison.frozen import dataclass
from jettison.hcl.functions import (
    collections,
    encoding,
    formatting,
    networks,
    numeric,
    patterns,
    sets,
    texts,
    times,
    versions,
)
from jettison.hcl.functions.interface import Function, FunctionError, text_of
from jettison.hcl.values import Value, string

_NAMESPACES = {"dns": 0, "url": 1, "oid": 2, "x500": 4}
_NAMESPACE_BASE = bytes.fromhex("6ba7b8109dad11d180b400c04fd430c8")

UNSUPPORTED_FUNCTIONS = ("bcrypt", "rsadecrypt")
"""Those that would need a library for cryptography."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What functions may know of the world around them."""

    now_seconds: float
    """Since 1970."""
    home: str
    """The user's home folder."""
    random_bytes: Callable[[int], bytes]


def standard_functions(world: World) -> Mapping[str, Function]:
    """All functions but those that see their arguments as expressions."""
    modules = (collections, encoding, formatting, networks, numeric, patterns, sets, texts, times, versions)
    functions = [function for module in modules for function in module.FUNCTIONS]
    functions += _of_world(world)
    return {function.name: function for function in functions}


def _of_world(world: World) -> list[Function]:
    def timestamp(values: Sequence[Value]) -> Value:
        return string(times.rfc3339(datetime.fromtimestamp(int(world.now_seconds), UTC)))

    def uuid4(values: Sequence[Value]) -> Value:
        return string(_uuid(world.random_bytes(16), version=4))

    return [
        Function("timestamp", (), timestamp),
        Function("homedir", (), lambda values: string(world.home)),
        Function("uuidv4", (), uuid4),
        Function("uuidv5", (text_of("namespace"), text_of("name")), _uuid5),
        *(Function(name, (), _refuse, variadic=text_of("arguments")) for name in UNSUPPORTED_FUNCTIONS),
    ]


def _uuid5(values: Sequence[Value]) -> Value:
    namespace = values[0].text
    if namespace in _NAMESPACES:
        base = bytearray(_NAMESPACE_BASE)
        base[3] += _NAMESPACES[namespace]
    else:
        try:
            base = bytearray.fromhex(namespace.replace("-", ""))
        except ValueError:
            base = bytearray()
        if len(base) != 16:
            raise FunctionError(f"uuidv5() doesn't support namespace {namespace!r}", 0)
    data = hashlib.sha1(bytes(base) + values[1].text.encode(), usedforsecurity=False).digest()
    return string(_uuid(data[:16], version=5))


def _uuid(data: bytes, *, version: int) -> str:
    """The text of a UUID (RFC 4122)."""
    parts = bytearray(data)
    parts[6] = parts[6] & 0x0F | version << 4
    parts[8] = parts[8] & 0x3F | 0x80
    digits = parts.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _refuse(values: Sequence[Value]) -> Value:
    raise FunctionError("this function of buildx is not supported")
