"""The rows of one table of a SQLite file, read from its pages alone (sqlite.org/fileformat2.html).

The library would take a file of a stranger into this process's C code, and wants a file. Here only what a whole
table needs is read: the schema on page 1, pages of table b-trees, overflow chains. Each page is visited once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jettison.errors import IntegrityError
from jettison.packages.binary import integer, part, varint_high_first

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_INTERIOR, _LEAF = 0x05, 0x0D
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8}
_MAX_RECORD_BYTES = 64 << 20

Value = int | bytes | None
"""A column: text and blobs are bytes; a floating number is the integer of its bits."""


class SqliteFile:
    """A database file that ``read`` (offset, size -> exactly so many bytes) gives the bytes of.

    Raises :class:`IntegrityError` for what is no such file, wherever that is seen.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        header = read(0, min(size, _HEADER_BYTES))
        if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
            raise IntegrityError("not a SQLite database")
        page_size = integer(header, 16, 2)
        self._page_size = 65536 if page_size == 1 else page_size
        self._usable = self._page_size - header[20]
        if self._page_size < 512 or self._usable < 480:
            raise IntegrityError(f"a SQLite database with pages of {self._page_size} bytes cannot be")
        self._read = read
        self._pages = size // self._page_size

    def rows(self, table: str) -> Iterator[tuple[Value, ...]]:
        """The rows of a table in the order of their row ids; a column that is the row id is None, as it is stored."""
        root = next((row for row in self._walk(1) if row[:2] == (b"table", table.encode())), None)
        if root is None:
            raise IntegrityError(f"it has no table {table!r}")
        number = root[3] if len(root) > 3 else None
        if not isinstance(number, int):
            raise IntegrityError(f"its table {table!r} is not a table on pages")
        yield from self._walk(number)

    def _walk(self, root: int) -> Iterator[tuple[Value, ...]]:
        seen: set[int] = set()
        pending = [root]
        while pending:
            number = pending.pop()
            page = self._page(number, seen)
            start = _HEADER_BYTES if number == 1 else 0
            kind, count = page[start], integer(page, start + 3, 2)
            if kind == _INTERIOR:
                children = [integer(page, self._cell(page, start + 12, index), 4) for index in range(count)]
                pending.append(integer(page, start + 8, 4))
                pending.extend(reversed(children))
            elif kind == _LEAF:
                for index in range(count):
                    yield _record(self._payload(page, self._cell(page, start + 8, index), seen))
            else:
                raise IntegrityError(f"page {number} is of no kind that a table has")

    def _page(self, number: int, seen: set[int]) -> bytes:
        if not 1 <= number <= self._pages or number in seen:
            raise IntegrityError(f"page {number} is pointed to twice or is not there")
        seen.add(number)
        return self._read((number - 1) * self._page_size, self._page_size)

    def _cell(self, page: bytes, pointers: int, index: int) -> int:
        return integer(page, pointers + 2 * index, 2)

    def _payload(self, page: bytes, cell: int, seen: set[int]) -> bytes:
        size, offset = varint_high_first(page, cell)
        _, offset = varint_high_first(page, offset)
        if size > _MAX_RECORD_BYTES:
            raise IntegrityError(f"a row of {size} bytes is too large")
        most = self._usable - 35
        if size <= most:
            return part(page, offset, size)
        least = (self._usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (self._usable - 4)
        local = local if local <= most else least
        parts, left = [part(page, offset, local)], size - local
        following = integer(page, offset + local, 4)
        while left > 0:
            overflow = self._page(following, seen)
            following = integer(overflow, 0, 4)
            parts.append(overflow[4 : 4 + min(left, self._usable - 4)])
            left -= len(parts[-1])
        return b"".join(parts)


def _record(payload: bytes) -> tuple[Value, ...]:
    end, offset = varint_high_first(payload, 0)
    types = []
    while offset < end:
        kind, offset = varint_high_first(payload, offset)
        types.append(kind)
    values: list[Value] = []
    offset = end
    for kind in types:
        size = (kind - 12) // 2 if kind >= 12 else _INTEGER_BYTES.get(kind, 0)
        data = part(payload, offset, size)
        offset += size
        if kind >= 12:
            values.append(data)
        elif kind in (8, 9):
            values.append(kind - 8)
        else:
            values.append(int.from_bytes(data, "big", signed=True) if size else None)
    return tuple(values)
