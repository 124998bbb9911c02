"""Trees of files that look like real ones: made from a seed, equal on every machine, as compressible as their models.

Real text compresses because its words repeat, real binaries because their records do. Both are imitated: text is drawn
from a vocabulary by Zipf's law, binaries are records of random and of repeated bytes.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TEXT_BYTES = 8 << 20
_BINARY_BYTES = 8 << 20
_VOCABULARY = 6000
_STATEMENTS = (
    "const {} = require('{}');",
    "  return {}.{}({}, {});",
    "function {}({}) {{",
    "}}",
    "  // {} {} {} {}",
    "  if ({}) {{ {} }}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeShape:
    """How a tree looks: how many files of which mean size, in how many folders, which of them are binaries."""

    files: int
    total_bytes: int
    suffixes: tuple[str, ...]
    files_per_folder: int = 8
    folders_per_package: int = 6
    binary_share: float = 0.0
    """Share of the bytes that are binaries; these are few and large."""
    binary_files: int = 0


NODE_MODULES = TreeShape(files=30_000, total_bytes=150_000_000, suffixes=(".js", ".json", ".d.ts", ".md", ".map"))
"""As the node_modules of a front end."""

SLIM = TreeShape(
    files=3_400, total_bytes=74_000_000, suffixes=("", ".list", ".conf", ".pl"), binary_share=0.75, binary_files=400
)
"""As a slim distribution."""

GO_TOOL_CHAIN = TreeShape(
    files=13_600, total_bytes=460_000_000, suffixes=(".go", ".s", ".txt"), binary_share=0.78, binary_files=260
)
"""As Go with its library compiled."""


class Material:
    """The text and the binary bytes that files are cut from."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.text = _text(chance)
        self.binary = _binary(chance)


def write_tree(folder: Path, shape: TreeShape, seed: int) -> None:
    """Write the tree into a folder that does not exist yet."""
    material = Material(seed)
    chance = random.Random(seed + 1)
    plain = shape.files - shape.binary_files
    plain_bytes = int(shape.total_bytes * (1 - shape.binary_share))
    for number, path in enumerate(itertools.islice(_paths(folder, shape, chance), plain)):
        size = min(int(chance.lognormvariate(0, 1.1) / 1.83 * plain_bytes / plain) + 1, _TEXT_BYTES // 2)
        write_text(path, material, size, number, chance)
    if shape.binary_files:
        home = folder / "lib"
        home.mkdir(exist_ok=True, parents=True)
        mean = shape.total_bytes * shape.binary_share / shape.binary_files
        for number in range(shape.binary_files):
            size = int(chance.lognormvariate(0, 1.1) / 1.83 * mean) + 1
            with (home / f"archive{number}.a").open("wb") as file:
                file.write(f"!<arch {number}>\n".encode())
                while size > 0:
                    start = chance.randrange(_BINARY_BYTES // 2)
                    piece = material.binary[start : start + min(size, _BINARY_BYTES // 2)]
                    file.write(piece)
                    size -= len(piece)


def write_text(path: Path, material: Material, size: int, number: int, chance: random.Random) -> None:
    """One text file of its own content."""
    start = chance.randrange(_TEXT_BYTES - size)
    path.write_bytes(f"/* module {number} */\n".encode() + material.text[start : start + size])


def _paths(folder: Path, shape: TreeShape, chance: random.Random) -> Iterator[Path]:
    """Files in packages of some folders each, nested as they come."""
    folders = [folder]
    for number in itertools.count():
        if number % shape.files_per_folder == 0:
            package = number // (shape.files_per_folder * shape.folders_per_package)
            if number % (shape.files_per_folder * shape.folders_per_package) == 0:
                folders = [folder / f"package-{package:05}"]
            else:
                folders.append(chance.choice(folders) / f"part{len(folders)}")
            folders[-1].mkdir(parents=True, exist_ok=True)
        yield folders[-1] / f"file{number}{chance.choice(shape.suffixes)}"


def _text(chance: random.Random) -> bytes:
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(chance.choices(letters, k=chance.randrange(2, 11))) for _ in range(_VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(_VOCABULARY)))
    lines: list[str] = []
    size = 0
    while size < _TEXT_BYTES:
        statement = chance.choice(_STATEMENTS)
        line = statement.format(*chance.choices(words, cum_weights=weights, k=4))
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines).encode()[:_TEXT_BYTES]


def _binary(chance: random.Random) -> bytes:
    table = [chance.randbytes(24) for _ in range(500)]
    records = bytearray()
    while len(records) < _BINARY_BYTES:
        records += chance.randbytes(16) + chance.choice(table) + bytes(chance.randrange(12))
    return bytes(records[:_BINARY_BYTES])
