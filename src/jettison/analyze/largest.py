"""The few largest of very many things, without sorting them all."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from jettison.hints import TypeVar

_T = TypeVar("_T")


def largest(things: Sequence[_T], sizes: Sequence[int], number: int) -> list[_T]:
    """The ``number`` largest things, whose sizes stand at the same places of ``sizes``, in their own order.

    Of equal ones those that come first.
    """
    if not number or len(things) <= number:
        return list(things[:number])
    least = heapq.nlargest(number, sizes)[-1]
    candidates = [(thing, size) for thing, size in zip(things, sizes, strict=True) if size >= least]
    equal = number - sum(size > least for _, size in candidates)
    found: list[_T] = []
    for thing, size in candidates:
        if size > least:
            found.append(thing)
        elif equal:
            equal -= 1
            found.append(thing)
    return found
