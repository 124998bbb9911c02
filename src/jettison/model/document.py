"""Reading untrusted JSON documents: typed access to fields, with errors that name the JSON path.

Source: OCI image-spec v1.1. A document that is not what it claims to be raises :class:`IntegrityError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from jettison.errors import IntegrityError, JettisonError
from jettison.frozen import dataclass
from jettison.hints import Any, TypeVar
from jettison.patterns import late_pattern

T = TypeVar("T")

_HALF = late_pattern("[\ud800-\udc7f\udd00-\udfff]")
"""The others stand for bytes of names that are no UTF-8."""

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
"""Larger manifests, indexes and configs are refused: registries refuse them too (4 MiB is the usual limit)."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value inside a JSON document together with the path that leads to it."""

    value: Any
    path: str

    @classmethod
    def parse(cls, data: bytes, what: str) -> Node:
        """Parse a whole document; ``what`` names it in errors."""
        if len(data) > MAX_DOCUMENT_BYTES:
            raise IntegrityError(f"{what}: {len(data)} bytes is too large for a JSON document")
        try:
            return cls(json.loads(data), what)
        except (ValueError, RecursionError) as error:
            raise IntegrityError(f"{what}: not valid JSON: {error}") from error

    def fail(self, expected: str) -> IntegrityError:
        """An error that says what was expected here."""
        found = json.dumps(self.value)[:60] if not isinstance(self.value, dict) else "an object"
        return IntegrityError(f"{self.path}: expected {expected}, found {found}")

    def object(self) -> dict[str, Any]:
        """This value as an object."""
        if not isinstance(self.value, dict):
            raise self.fail("an object")
        return self.value

    def get(self, key: str) -> Node | None:
        """The field ``key``, or None where it is absent or null."""
        value = self.object().get(key)
        return None if value is None else Node(value, f"{self.path}.{key}")

    def require(self, key: str) -> Node:
        """The field ``key``, which must be there."""
        node = self.get(key)
        if node is None:
            raise IntegrityError(f"{self.path}: the field {key!r} is missing")
        return node

    def items(self) -> Iterator[Node]:
        """The elements of this array."""
        if not isinstance(self.value, list):
            raise self.fail("an array")
        for number, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{number}]")

    def text(self) -> str:
        """This value as a string; halves of characters that JSON can name become U+FFFD, as in what Go reads."""
        if not isinstance(self.value, str):
            raise self.fail("a string")
        return self.value if self.value.isascii() else _HALF.sub("\ufffd", self.value)

    def integer(self) -> int:
        """This value as a non-negative integer."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.fail("a non-negative integer")
        return self.value

    def flag(self) -> bool:
        """This value as a boolean."""
        if not isinstance(self.value, bool):
            raise self.fail("true or false")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """This value as an array of strings."""
        return tuple(node.text() for node in self.items())

    def text_map(self) -> tuple[tuple[str, str], ...]:
        """This value as an object of strings, sorted by key."""
        return tuple(sorted((key, Node(value, f"{self.path}.{key}").text()) for key, value in self.object().items()))

    def convert(self, parse: Callable[[str], T]) -> T:
        """This string handed to ``parse``, whose error is reported under this path."""
        try:
            return parse(self.text())
        except IntegrityError:
            raise
        except JettisonError as error:
            raise IntegrityError(f"{self.path}: {error.message}") from error


def write_document(value: Any) -> bytes:
    """The canonical bytes of a document that we write: compact, keys in the order given, UTF-8.

    Bytes that are no UTF-8 become U+FFFD, as in what Go writes: a document of another kind nobody could read.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()
