"""RPM headers as the package database keeps them: an index of tags, then a store of values (rpm-header format)."""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.packages.binary import integer, part, terminated

NAME, VERSION, RELEASE, EPOCH, SUMMARY = 1000, 1001, 1002, 1003, 1004
VENDOR, LICENCE, URL, ARCHITECTURE, SOURCE_RPM = 1011, 1014, 1020, 1022, 1044
PROVIDES, REQUIRES = 1047, 1049
DIRECTORY_INDEXES, BASE_NAMES, DIRECTORY_NAMES = 1116, 1117, 1118

_INT32, _STRING, _STRING_ARRAY, _TRANSLATED = 4, 6, 8, 9
_ENTRY_BYTES = 16
_MAX_TAGS = 10_000
_MAX_VALUES = 1_000_000


@dataclass(frozen=True, slots=True)
class RpmHeader:
    """The tags of one package: tag -> type, offset in the store, count."""

    _tags: dict[int, tuple[int, int, int]]
    _store: bytes

    @classmethod
    def parse(cls, data: bytes) -> RpmHeader:
        """Parse a header without its magic. Raises :class:`IntegrityError`."""
        count, size = integer(data, 0, 4), integer(data, 4, 4)
        if count > _MAX_TAGS:
            raise IntegrityError(f"an RPM header of {count} tags is too large")
        start = 8 + _ENTRY_BYTES * count
        tags: dict[int, tuple[int, int, int]] = {}
        for place in range(8, start, _ENTRY_BYTES):
            tag, kind, offset, values = (integer(data, place + 4 * field, 4) for field in range(4))
            tags.setdefault(tag, (kind, offset, values))
        return cls(tags, part(data, start, size))

    def text(self, tag: int) -> str:
        """A string; empty where there is none."""
        return next(iter(self.texts(tag)), "")

    def texts(self, tag: int) -> list[str]:
        """An array of strings; a single one is an array of one."""
        kind, offset, count = self._tags.get(tag, (_STRING_ARRAY, 0, 0))
        if kind not in (_STRING, _STRING_ARRAY, _TRANSLATED) or count > _MAX_VALUES:
            raise IntegrityError(f"tag {tag} of an RPM header holds no texts")
        values = []
        for _ in range(count):
            values.append(terminated(self._store, offset))
            offset = self._store.find(b"\0", offset) + 1
        return values

    def numbers(self, tag: int) -> list[int]:
        """An array of 32-bit numbers; empty where there is none."""
        kind, offset, count = self._tags.get(tag, (_INT32, 0, 0))
        if kind != _INT32 or count > _MAX_VALUES:
            raise IntegrityError(f"tag {tag} of an RPM header holds no numbers")
        data = part(self._store, offset, 4 * count)
        return [int.from_bytes(data[place : place + 4], "big") for place in range(0, len(data), 4)]
