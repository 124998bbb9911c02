"""Blocking reads on a thread of their own, so that whoever waits for them can be told to stop at any moment."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing

from jettison.frozen import dataclass
from jettison.hints import Generic, TypeVar
from jettison.pools import begin

_POLL_SECONDS = 0.2
_MAX_AHEAD = 8
"""How many items are made before somebody takes one."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Made(Generic[_T]):
    item: _T


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BaseException | None


def in_background(produce: Callable[[], Generator[_T]], waiting: Callable[[], None]) -> Generator[_T]:
    """What ``produce`` yields, made on another thread; its exception is raised here.

    ``waiting`` is called again and again while nothing comes, and may raise. Whoever stops before the end leaves the
    other thread to itself: it ends at its next item, or with the timeout of what it waits for, and keeps no process
    from ending.
    """
    made: queue.Queue[_Made[_T] | _Ended] = queue.Queue(_MAX_AHEAD)
    left = threading.Event()
    begin(threading.Thread(target=_work, args=(produce, made, left), name="background", daemon=True))
    try:
        while True:
            try:
                found = made.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                waiting()
                continue
            if isinstance(found, _Ended):
                if found.error is not None:
                    raise found.error
                return
            yield found.item
    finally:
        left.set()


def _work(produce: Callable[[], Generator[_T]], made: queue.Queue[_Made[_T] | _Ended], left: threading.Event) -> None:
    error: BaseException | None = None
    try:
        with closing(produce()) as items:
            for item in items:
                if not _put(made, _Made(item), left):
                    return
    except BaseException as caught:  # it is raised where the items are taken
        error = caught
    _put(made, _Ended(error), left)


def _put(made: queue.Queue[_Made[_T] | _Ended], item: _Made[_T] | _Ended, left: threading.Event) -> bool:
    """Hand an item over; false where nobody takes any more."""
    while not left.is_set():
        try:
            made.put(item, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
