"""Packing a large folder of a build context while it is still walked, on a thread of its own.

Only what is certain to be planned in the same way: one folder, put where nothing is. What that comes to is known entry
by entry, while a plan is known at its end. Where it turns out not to be certain, nothing is lost but time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from jettison.engine.layers import Progress
from jettison.engine.packing import Packing
from jettison.errors import CancelledError, JettisonError
from jettison.layer.index import LayerIndex
from jettison.layer.plan import CopyRules, LayerPlan, PlannedEntry
from jettison.layer.tar_order import in_tar_order
from jettison.model.entry import Entry, EntryType
from jettison.model.op import CopyAction
from jettison.model.tree import Tree, tree_of
from jettison.pools import begin
from jettison.sources.local import MANY, LocalContext

_AT_ONCE = 32
"""So many entries are given before anything else is thought of."""

_TOLD_BYTES = 1 << 18


Plan = Callable[[Iterable[Entry]], Iterator[PlannedEntry]]


class _UncertainError(Exception):
    """What is walked is not to be planned entry by entry; never shown."""


class PackAhead:
    """Packs one copy. Close it before the pool and the context that it works with."""

    def __init__(
        self,
        action: CopyAction,
        context: LocalContext,
        below: Callable[[], Tree],
        rules: Callable[[], CopyRules],
        packing: Callable[[], Packing],
    ) -> None:
        """To be made while the context is walked. ``below`` is the tree that the layer comes on; what is called is
        called by the thread, and once the folder turned out to be large.
        """
        self._action = action
        self._context = context
        self._below = below
        self._rules = rules
        self._open = packing
        self._packing: Packing | None = None
        self._index: LayerIndex | None = None
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._progress: Progress | None = None
        self._total = 0
        self._thread = begin(threading.Thread(target=self._work, name="pack-ahead"))

    def result(self, progress: Progress) -> tuple[Packing, LayerIndex] | None:
        """What came of it, to be kept by whoever asks; None where the copy has to be planned.

        Where something went wrong, planning meets it as well, and tells.
        """
        self._total = sum(entry.size for entry in self._context.tree.entries.values())
        self._progress = progress
        self._thread.join()
        if self._error is not None and not isinstance(self._error, JettisonError | _UncertainError):
            raise self._error
        if isinstance(self._error, CancelledError):
            raise self._error
        if self._packing is None or self._index is None:
            return None
        return self._packing, self._index

    def close(self) -> None:
        """Give up what is under way, and what nobody kept; idempotent."""
        self._stopped.set()
        self._thread.join()
        if self._packing is not None:
            self._packing.close()

    def _work(self) -> None:
        try:
            self._index = self._pack()
        except BaseException as error:  # whoever asks for the result hears of it
            self._error = error

    def _pack(self) -> LayerIndex:
        way, below = self._found()
        some = list(islice(below, MANY))
        if len(some) < MANY:
            raise _UncertainError
        planned = LayerPlan(self._below()).copy_in_turn(
            tree_of(way), self._action.sources[0], self._action.destination, self._rules(), input=self._action.input
        )
        if planned is None:
            raise _UncertainError
        self._packing = self._open()
        first, plan = planned
        links: list[Entry] = []
        self._add(first)
        self._add(plan(self._files(in_tar_order(chain(some, below), self._context.split), links)))
        self._add(self._linked(links, plan))
        self._packing.pack_rest()
        return self._packing.finish()

    def _files(self, found: Iterable[Entry], links: list[Entry]) -> Iterator[Entry]:
        """All but the hard links, which come when the files have come."""
        top = self._action.sources[0]
        prefix = f"{top}/" if top else ""
        for entry in found:
            path = entry.path
            if not path.isascii() and not _is_utf8(path):  # the order of its bytes may be another than the walk's
                raise _UncertainError
            if entry.type is not EntryType.HARDLINK:
                yield entry
            elif entry.link.startswith(prefix):
                links.append(entry)
            else:  # to be the file itself there
                raise _UncertainError

    def _linked(self, links: Iterable[Entry], plan: Plan) -> Iterator[PlannedEntry]:
        for link in links:
            (placed,) = plan([link])
            (file,) = plan([self._context.tree.content(link)])
            yield PlannedEntry(
                file.entry._replace(
                    path=placed.entry.path,
                    type=EntryType.HARDLINK,
                    size=0,
                    link=file.entry.path,
                    xattrs=(),
                    digest=None,
                )
            )

    def _found(self) -> tuple[list[Entry], Iterator[Entry]]:
        """The directories that lead to the source, and what the walk finds below it."""
        top = self._action.sources[0]
        walked = (entry for entries in self._context.follow() for entry in entries)
        if not top:
            return [], walked
        way = []
        for entry in walked:
            if top == entry.path or top.startswith(f"{entry.path}/"):
                if entry.type is not EntryType.DIRECTORY:
                    raise _UncertainError
                way.append(entry)
                if entry.path == top:
                    return way, _while_below(walked, f"{top}/")
        raise _UncertainError

    def _add(self, planned: Iterable[PlannedEntry]) -> None:
        assert self._packing is not None
        rest = iter(planned)
        done = told = 0
        while some := list(islice(rest, _AT_ONCE)):
            if self._stopped.is_set():
                raise CancelledError("no longer needed")
            self._packing.add(some)
            done += sum(item.entry.size for item in some)
            if self._progress is not None and self._packing.position - told >= _TOLD_BYTES:
                told = self._packing.position
                self._progress("copying files", done, self._total)


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _while_below(walked: Iterator[Entry], prefix: str) -> Iterator[Entry]:
    for entry in walked:
        if not entry.path.startswith(prefix):
            return
        yield entry
