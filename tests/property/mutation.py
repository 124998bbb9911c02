"""Inputs for fuzz runs: pieces of a grammar put together, then damaged. The same seed gives the same inputs."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_LONGEST = 400


def mutants(seed: int, count: int, pieces: Sequence[str], seeds: Sequence[str] = ()) -> Iterator[str]:
    """``count`` texts of at most a few hundred characters: new ones of the pieces, and seeds with pieces in odd places."""
    chance = random.Random(seed)
    for _ in range(count):
        if seeds and chance.random() < 0.5:
            text = chance.choice(seeds)[:_LONGEST]
        else:
            text = "".join(chance.choices(pieces, k=chance.randint(1, 12)))
        for _ in range(chance.randint(0, 4)):
            text = _damaged(text, chance, pieces)
        yield text


def _damaged(text: str, chance: random.Random, pieces: Sequence[str]) -> str:
    first = chance.randint(0, len(text))
    last = min(len(text), first + chance.randint(0, 8))
    match chance.randint(0, 4):
        case 0:
            return text[:first] + chance.choice(pieces) + text[first:]
        case 1:
            return text[:first] + text[last:]
        case 2:
            return text[:first] + text[first:last] * 3 + text[last:]
        case 3:
            return (
                text[:first]
                + chr(chance.choice((0, 9, 13, 27, 127, 133, 160, 0x2028, 0xFEFF, 0xDCFF, 0x1F600)))
                + text[last:]
            )
        case _:
            return text[last:] + text[:first]
