"""Sparse files in archives: maps of where the data lies, in GNU's four ways of writing them, and their expansion.

Source: GNU tar manual, appendix "Storing Sparse Files" (old GNU format, pax formats 0.0, 0.1 and 1.0).
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.errors import IntegrityError
from jettison.layer.pax import decode_integer
from jettison.layer.stream import CHUNK_BYTES, Source
from jettison.layer.tar_header import BLOCK_BYTES, decode_number, padding
from jettison.tuples import NamedTuple

MAX_RUNS = 256 * 1024
"""The most pieces of data that one sparse file may consist of."""
MAX_EXPANDED_BYTES = 1 << 40
"""The largest sparse file that is believed: 1 TiB. Its every zero has to be hashed."""

_OLD_MAP_AT = 386
_OLD_MAP_RUNS = 4
_OLD_EXTENDED_AT = 482
_OLD_REAL_SIZE_AT = 483
_EXTENSION_RUNS = 21
_EXTENSION_EXTENDED_AT = 504
_NUMBER_BYTES = 12
_MAX_DIGITS = 20


class Run(NamedTuple):
    """A piece of data in a sparse file."""

    start: int
    size: int


class SparseMap(NamedTuple):
    """Where the data of a sparse file lies; all else are zeros."""

    size: int
    runs: tuple[Run, ...]

    @property
    def stored_bytes(self) -> int:
        """How many bytes the archive holds for it."""
        return sum(run.size for run in self.runs)


def make_map(size: int, runs: Sequence[Run], offset: int) -> SparseMap:
    """A map that was checked: runs in order, apart, inside the file. ``offset`` is where the member begins, for
    errors.
    """
    end = 0
    for run in runs:
        if run.start < end or run.size < 0:
            raise _corrupt(offset, "its pieces overlap or are out of order")
        end = run.start + run.size
    if end > size:
        raise _corrupt(offset, "a piece lies past its end")
    if size > MAX_EXPANDED_BYTES:
        raise _corrupt(offset, f"it claims {size} bytes, more than the {MAX_EXPANDED_BYTES} that are believed")
    return SparseMap(size, tuple(run for run in runs if run.size))


def read_old_gnu_map(header: bytes, source: Source, offset: int) -> SparseMap:
    """The map of a member of type ``S``: in its header and in the extension blocks that follow."""
    runs = _old_runs(header, _OLD_MAP_AT, _OLD_MAP_RUNS, offset)
    extended = header[_OLD_EXTENDED_AT]
    while extended:
        block = source.take(BLOCK_BYTES)
        if len(block) < BLOCK_BYTES:
            raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside a sparse map")
        runs += _old_runs(block, 0, _EXTENSION_RUNS, offset)
        if len(runs) > MAX_RUNS:
            raise _corrupt(offset, f"it consists of more than {MAX_RUNS} pieces")
        extended = block[_EXTENSION_EXTENDED_AT]
    size = decode_number(header[_OLD_REAL_SIZE_AT : _OLD_REAL_SIZE_AT + _NUMBER_BYTES], "size", offset)
    return make_map(size, runs, offset)


def _old_runs(block: bytes, start: int, count: int, offset: int) -> list[Run]:
    runs: list[Run] = []
    for at in range(start, start + count * 2 * _NUMBER_BYTES, 2 * _NUMBER_BYTES):
        pair = block[at : at + 2 * _NUMBER_BYTES]
        if pair[0] == 0:
            break
        run_start = decode_number(pair[:_NUMBER_BYTES], "sparse offset", offset)
        runs.append(Run(run_start, decode_number(pair[_NUMBER_BYTES:], "sparse size", offset)))
    return runs


def parse_pax_map(records: Sequence[tuple[bytes, bytes]], size: int, offset: int) -> SparseMap:
    """The map in the records of pax formats 0.0 (a record a number) and 0.1 (all numbers in one record)."""
    numbers: list[int] = []
    for key, value in records:
        if key == b"GNU.sparse.map":
            numbers = (
                [decode_integer(number, -1, "GNU.sparse.map", offset) for number in value.split(b",")] if value else []
            )
        elif key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            numbers.append(decode_integer(value, -1, key.decode(), offset))
    return make_map(size, _pair(numbers, offset), offset)


def read_pax_1_0_map(source: Source, size: int, offset: int) -> tuple[SparseMap, int]:
    """The map of pax format 1.0, which stands before the data, and how many bytes of the content it takes."""
    begin = source.position
    numbers: list[int] = []
    wanted = 1
    rest = b""
    while len(numbers) < wanted:
        block = source.take(BLOCK_BYTES)
        if len(block) < BLOCK_BYTES:
            raise IntegrityError(f"truncated archive: it ends at byte {source.position} inside a sparse map")
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > BLOCK_BYTES:
            raise _corrupt(offset, "its map is not lines of numbers")
        for line in lines[: wanted - len(numbers) if numbers else None]:
            numbers.append(decode_integer(line, -1, "sparse map", offset))
            if len(numbers) == 1:
                if numbers[0] > MAX_RUNS:
                    raise _corrupt(offset, f"it consists of more than {MAX_RUNS} pieces")
                wanted += 2 * numbers[0]
            if len(numbers) == wanted:
                break
    return make_map(size, _pair(numbers[1:], offset), offset), source.position - begin


def encode_pax_1_0_map(runs: SparseMap) -> bytes:
    """The map as :func:`read_pax_1_0_map` reads it, in whole blocks.

    A hole at the end is followed by an empty piece, without which GNU tar takes the archive for cut off.
    """
    end = sum(runs.runs[-1]) if runs.runs else 0
    pieces = [*runs.runs, *([Run(runs.size, 0)] if end < runs.size else [])]
    numbers = [len(pieces), *(number for run in pieces for number in run)]
    text = b"".join(b"%d\n" % number for number in numbers)
    return text + bytes(padding(len(text)))


def in_blocks(sparse: SparseMap) -> SparseMap:
    """The map with pieces of whole blocks, but for one at the end of the file: GNU tar reads no others."""
    runs: list[Run] = []
    for start, size in sparse.runs:
        end = min(start + size + padding(start + size), sparse.size)
        begin = start - start % BLOCK_BYTES
        if runs and begin <= runs[-1].start + runs[-1].size:
            begin = runs.pop().start
        runs.append(Run(begin, end - begin))
    return SparseMap(sparse.size, tuple(runs))


def _pair(numbers: Sequence[int], offset: int) -> list[Run]:
    if len(numbers) % 2 or len(numbers) > 2 * MAX_RUNS:
        raise _corrupt(offset, "its map is incomplete or too large")
    return [Run(start, size) for start, size in zip(numbers[::2], numbers[1::2], strict=True)]


def _corrupt(offset: int, why: str) -> IntegrityError:
    return IntegrityError(f"corrupt archive: the sparse file at byte {offset} is not valid: {why}")


_ZEROS = bytes(CHUNK_BYTES)


def zeros(size: int) -> bytes:
    """``size`` zero bytes, at most ``CHUNK_BYTES``."""
    return _ZEROS if size >= CHUNK_BYTES else _ZEROS[:size]
