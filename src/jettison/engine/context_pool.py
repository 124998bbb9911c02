"""The folders that builds take files from: where several builds have the same one, it is walked and read once."""

from __future__ import annotations

from pathlib import Path

from jettison.engine.inputs import ContextFiles
from jettison.hints import TYPE_CHECKING
from jettison.sources.local import LocalContext
from jettison.store.digests import ContextDigests, Digests

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns


class ContextPool:
    """Opens folders as build contexts, equal ones once. Close it, or use ``contextlib.closing``."""

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self._contexts: dict[tuple[Path, IgnorePatterns | None], LocalContext] = {}
        self._memories: dict[Path, ContextDigests] = {}
        self.by_name: dict[str, ContextFiles] = {}
        """The contexts that :meth:`name` was asked for."""

    def open(self, root: Path, ignore: IgnorePatterns | None, *, remembered: bool) -> LocalContext:
        """The folder without what ``ignore`` leaves out.

        ``remembered`` folders have the digests of their files kept for the next build; it makes no sense for one that
        is gone after this build.
        """
        place = root.absolute()
        context = self._contexts.get((place, ignore))
        if context is None:
            memory = self._memory(place) if remembered else None
            known = None if memory is None or memory.is_empty else memory  # thirty thousand questions less
            context = LocalContext(root, ignore, known)
            self._contexts[place, ignore] = context
        return context

    def name(self, context: ContextFiles, wanted: str) -> str:
        """What the context is called in a graph of several builds: as wanted, unless another one has that name."""
        for name, known in self.by_name.items():
            if known is context or (known == context and not isinstance(context, LocalContext)):
                return name
        number = len(self.by_name)
        name = wanted if wanted not in self.by_name else f"{wanted} {number}"
        self.by_name[name] = context
        return name

    def save(self) -> None:
        """Keep what was learned of the files, where something was."""
        for place, memory in self._memories.items():
            contexts = [context for (root, _), context in self._contexts.items() if root == place]
            if any(context.has_read for context in contexts):
                for context in contexts:
                    memory.record(context.digests())
                self._digests.save(memory)

    def close(self) -> None:
        """Let go of open folders; idempotent."""
        for context in self._contexts.values():
            context.close()

    def _memory(self, place: Path) -> ContextDigests:
        if place not in self._memories:
            self._memories[place] = self._digests.load(place)
        return self._memories[place]
