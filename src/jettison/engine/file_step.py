"""COPY, ADD and WORKDIR: planned on trees, looked up by what they read, written straight into a layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import cached_property
from itertools import chain, islice

from jettison.dockerfile.glob import has_wildcards
from jettison.engine.context_file import SMALL_BYTES, write_from
from jettison.engine.inputs import EMPTY, ContextResult, Files, Result, Snapshot, files_of
from jettison.engine.layers import LayerFiles, Layers, Progress, damage_told
from jettison.engine.packing import Packing
from jettison.engine.slices import Content
from jettison.engine.users import read_users
from jettison.errors import IntegrityError
from jettison.hints import TYPE_CHECKING
from jettison.layer.index import LayerIndex
from jettison.layer.plan import CopyRules, LayerPlan, Owner, PlannedEntry
from jettison.layer.reuse import Shared
from jettison.layer.selection import PathFilter, match_sources, require, select
from jettison.layer.stream import Readable, read_exactly
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.op import CopyAction, FileOp, MakeDirectory
from jettison.solve.keys import key_of, op_components, selection_digest, shape_digest
from jettison.sources.local import MANY, LocalContext
from jettison.store.blobs import BlobWriter
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.engine.archives import Archive
    from jettison.engine.old_layer import OldTar, Verification
    from jettison.engine.pack_ahead import PackAhead
    from jettison.sources.pack_pool import PackPool

_AT_ONCE = 32
"""So many entries are written before anything else is thought of."""

_TOLD_BYTES = 1 << 18
"""After how much of the tar the progress is told, and a cancelled build stops."""


class FileStep:
    """One vertex with a :class:`FileOp`, bound to its inputs."""

    def __init__(self, op: FileOp, inputs: Sequence[Result | None], *, store: Store, layers: Layers) -> None:
        """The layers of all inputs must be on this machine, except for :meth:`chain_key`."""
        self._op = op
        self._inputs = inputs
        self._store = store
        self._layers = layers
        parent = inputs[0] or EMPTY
        assert isinstance(parent, Snapshot)
        self._parent = parent
        self._files: dict[int, Files] = {}
        self._archives: list[Archive] = []
        self._cleanup = ExitStack()
        self._components: dict[str, str] = {}
        self._shape: Digest | None = None
        self._recipe: Digest | None = None
        self._pool: PackPool | None = None
        self._ahead: PackAhead | None = None
        self._previous: Digest | None = None
        self._verification: Verification | None = None
        self.warnings: list[str] = []
        """What a user should hear of, though it worked."""

    def close(self) -> None:
        """Remove what was unpacked on the way, and let processes end."""
        self._stop_ahead()
        self._stop_pool()
        if self._verification is not None:
            self._verification.close()
        self._cleanup.close()

    def chain_key(self) -> Digest | None:
        """A key made of identities alone, which needs no index; None where an input has none (a context)."""
        chains: list[str] = []
        for result in self._inputs:
            if result is not None and not isinstance(result, Snapshot):
                return None
            chains.append((result or EMPTY).chain_id)
        return key_of({**op_components(self._op), "by": "chain"}, chains)

    def components(self) -> dict[str, str]:
        """What the copy reads: the tree below by its chain, each source by what is selected of it."""
        if not self._components:
            components = {**op_components(self._op), "files below": self._parent.chain_id}
            for name, files, selected in self._selections:
                components[name] = selection_digest(files.fingerprint(selected))
            self._components = components
        return self._components

    def shape_key(self) -> Digest | None:
        """What can be told of files of a build context without reading them; None where the op takes none.

        Where this is new, so is what the copy reads: nothing can be found in the cache under :meth:`components`.
        """
        if self._shape is not None or not any(isinstance(result, ContextResult) for result in self._inputs):
            return self._shape
        components = {**op_components(self._op), "by": "shape", "files below": self._parent.chain_id}
        components |= {name: shape_digest(selected) for name, _, selected in self._selections}
        self._shape = key_of(components, [])
        return self._shape

    def provisional_key(self, shape: Digest) -> Digest:
        """What stands for the step among those of this build until its files are read: the shape and the folders."""
        return key_of({"kind": "provisional"}, [shape, *(str(context.root.absolute()) for context in self._contexts())])

    def is_read(self) -> bool:
        """Whether the digests of all files are known, so that :meth:`components` reads nothing."""
        return all(files.knows(selected) for _, files, selected in self._selections if isinstance(files, LocalContext))

    def pack_ahead(self, on_tar: Callable[[BlobWriter], None]) -> None:
        """Have what is copied packed while its context is walked, where it is one large folder with nothing in its way.

        For a step that will be carried out, by :meth:`finish_ahead`. ``on_tar`` as for :meth:`write`, from another
        thread.
        """
        action = self._op.actions[0]
        if len(self._op.actions) > 1 or not isinstance(action, CopyAction) or not _is_one_folder(action):
            return
        source = self._source(action.input)
        if not isinstance(source, LocalContext):
            return

        def begin() -> None:
            if not all(map(self._store.layers.has, self._parent.layers)):
                return
            from jettison.engine.pack_ahead import PackAhead

            def packing() -> Packing:
                self._start_pool()
                return self._packing(on_tar)

            below = LayerFiles(self._layers, self._parent.layers)
            self._ahead = PackAhead(action, source, lambda: below.tree, lambda: self._rules(action, below), packing)

        source.on_many = begin

    def finish_ahead(self, progress: Progress) -> LayerIndex | None:
        """The index of the layer, where it was packed ahead; None where it is to be planned and written."""
        done = None if self._ahead is None else self._ahead.result(progress)
        if done is not None:
            return self._kept(*done)
        self._stop_ahead()
        self.warnings.clear()
        return None

    def prepare(self, previous: Digest | None = None) -> None:
        """To be called where the step has to be carried out, before the first thing that takes time.

        Where many files have to be read, the processes that will do it start while this one plans. What the layer
        ``previous`` has is taken from there; it is verified meanwhile.
        """
        self._previous = previous
        if previous is not None:
            from jettison.engine.old_layer import Verification

            self._verification = Verification.begin(previous, self._store)
        if any(context.unknown >= MANY for context in self._contexts()):
            selected = chain.from_iterable(selected for _, _, selected in self._selections)
            unread = (entry for entry in selected if entry.digest is None and entry.type is EntryType.FILE)
            if next(islice(unread, MANY - 1, None), None) is not None and not self.is_read():
                self._start_pool()

    def plan(self) -> list[PlannedEntry]:
        """The entries of the new layer; see :meth:`with_digests`."""
        below = LayerFiles(self._layers, self._parent.layers)
        plan = LayerPlan(below.tree)
        for action in self._op.actions:
            if isinstance(action, MakeDirectory):
                owner = self._owner(action.owner, below, "USER ") if action.owner else None
                plan.make_directory(action.path, mode=action.mode, owner=owner, mtime_ns=action.mtime_ns)
            else:
                self._plan_copy(plan, action, below)
        return plan.finish()

    def with_digests(self, planned: Sequence[PlannedEntry]) -> list[PlannedEntry]:
        """The planned entries, each file with its digest: read now unless somebody read it before."""
        return [self._fingerprinted(item) for item in planned]

    def recipe(self, entries: Iterable[Entry]) -> Digest:
        """What the layer holds, times apart: the key under which it is found on top of any other tree.

        It is the same for the entries of a plan, with their digests, and for those of the layer that was written;
        whichever come first are looked at.
        """
        if self._recipe is None:
            self._recipe = key_of({"kind": "layer"}, [selection_digest(entries)])
        return self._recipe

    def write(
        self,
        planned: list[PlannedEntry],
        progress: Progress,
        on_tar: Callable[[BlobWriter], None] | None = None,
    ) -> LayerIndex:
        """Pack the planned entries into a new layer of the store; returns its index. ``planned`` is empty afterwards.

        ``on_tar`` is shown the tar before its first byte is written. While this thread reads files, another one hashes
        and writes.
        """
        old = None
        if self._previous is not None:
            from jettison.engine.old_layer import OldLayer

            old = OldLayer.find(self._previous, planned, self._store, self._layers)
        if old is None and self._verification is not None:
            self._verification.close()
        if old is not None:
            try:
                with old.opened(self._verification) as old_tar:
                    return self._write(old.applied(planned), progress, on_tar, old_tar)
            except IntegrityError:
                if self._store.blobs.has(old.diff_id):
                    raise
        pieces: list[PlannedEntry | Shared] = [*planned]
        planned.clear()
        return self._write(pieces, progress, on_tar)

    def _write(
        self,
        pieces: list[PlannedEntry | Shared],
        progress: Progress,
        on_tar: Callable[[BlobWriter], None] | None,
        old_tar: OldTar | None = None,
    ) -> LayerIndex:
        total = sum(map(_content_bytes, pieces))
        done = told = 0
        if len(pieces) >= MANY and any(True for _ in self._contexts()):
            self._start_pool()
        with closing(self._packing(on_tar, old_tar)) as packing:
            pieces.reverse()
            try:
                while pieces:
                    some = pieces[: -_AT_ONCE - 1 : -1]
                    del pieces[-_AT_ONCE:]  # the index grows as the plan shrinks
                    packing.add(some)
                    done += sum(map(_content_bytes, some))
                    if packing.position - told >= _TOLD_BYTES:
                        told = packing.position
                        progress("copying files", done, total)
                packing.pack_rest()
            except BaseException:
                self._stop_pool()  # it still has answers for this tar
                raise
            progress("copying files", done, total)
            return self._kept(packing, packing.finish())

    def _packing(self, on_tar: Callable[[BlobWriter], None] | None, old_tar: OldTar | None = None) -> Packing:
        return Packing(self._store, self._write_one, self._context, on_tar=on_tar, pool=self._pool, old_tar=old_tar)

    def _kept(self, packing: Packing, index: LayerIndex) -> LayerIndex:
        def make_keys() -> None:
            self.recipe(index.entries)
            self.components()

        packing.keep(index, self._layers, make_keys)
        return index

    def _start_pool(self) -> None:
        """Have processes that pack, where this machine has a use for them."""
        if self._pool is None:
            from jettison.sources.pack_pool import start_pool

            self._pool = start_pool()

    def _stop_ahead(self) -> None:
        for context in self._contexts():
            context.on_many = None
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()
            self._stop_pool()  # it may have answers for that tar

    def _stop_pool(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _write_one(self, writer: LayerWriter, item: PlannedEntry) -> None:
        entry, source, number = item
        if source is None:
            writer.add(entry)
            return
        context = self._context(number)
        if context is not None and (source.digest is None or source.size <= SMALL_BYTES):
            write_from(context, writer, entry, source)
            return
        try:
            with self._open(item) as content:
                writer.add(entry, _whole_if_small(entry, content))
        except IntegrityError as error:
            damaged = self._drop_damaged(item)
            if not damaged:
                raise
            raise damage_told(error, damaged) from error

    def _drop_damaged(self, item: PlannedEntry) -> tuple[Digest, ...]:
        """The layer that the content comes from, where the store had to let go of it."""
        files = self._source(item.input) if item.source is not None and item.input < len(self._inputs) else None
        if not isinstance(files, LayerFiles) or item.source is None:
            return ()
        return self._layers.drop_damaged([files.layer_of(item.source)])

    def _context(self, number: int) -> LocalContext | None:
        """The input, where it is a build context."""
        files = self._files.get(number)
        return files if type(files) is LocalContext else None

    def _contexts(self) -> Iterator[LocalContext]:
        return (result.context for result in self._inputs if isinstance(result, ContextResult))

    @cached_property
    def _selections(self) -> tuple[tuple[str, Files, list[Entry]], ...]:
        """For each source of each copy: a name, the files that it is taken from, what of them is read."""
        selections = []
        for number, action in enumerate(self._op.actions):
            if not isinstance(action, CopyAction):
                continue
            paths = PathFilter(action.includes, action.excludes)
            for pattern in action.sources:
                files = self._source(action.input)
                tops = self._tops(files, action, pattern)
                selected = [entry for top in tops for entry in select(files.tree, top, paths)]
                asked = "/".join(part for part in (pattern, *action.includes) if part)
                if action.required:
                    require(files.tree, pattern, paths, asked)
                selections.append((f"action {number}: files of {asked}", files, selected))
        return tuple(selections)

    def _plan_copy(self, plan: LayerPlan, action: CopyAction, below: LayerFiles) -> None:
        files = self._source(action.input)
        rules = self._rules(action, below)
        for pattern in action.sources:
            tops = self._tops(files, action, pattern)
            if not tops:
                self.warnings.append(f'"/{pattern}" matches no files')
            for top in tops:
                archive = self._archive(files, top) if action.unpack else None
                if archive is not None:
                    number = len(self._inputs) + self._archives.index(archive)
                    plan.unpack(archive.entries, action.destination, owner=rules.owner, input=number)
                else:
                    plan.copy(files.tree, (top,), action.destination, rules, input=action.input)

    def _rules(self, action: CopyAction, below: LayerFiles) -> CopyRules:
        owner = self._owner(action.chown, below, "--chown=") if action.chown else None
        return CopyRules(paths=PathFilter(action.includes, action.excludes), owner=owner, mode=action.mode)

    def _archive(self, files: Files, top: str) -> Archive | None:
        entry = files.tree.get(files.tree.resolve(top))
        if entry is None or entry.type not in (EntryType.FILE, EntryType.HARDLINK):
            return None

        from jettison.engine.archives import Archive, is_archive

        content = files.tree.content(entry)
        with files.open(content) as start:
            if not is_archive(start):
                return None
        path = self._store.temporary_path()
        self._cleanup.callback(path.unlink, missing_ok=True)
        with files.open(content) as whole:
            archive = Archive(whole, path)
        self._cleanup.callback(archive.close)
        self._archives.append(archive)
        return archive

    def _tops(self, files: Files, action: CopyAction, pattern: str) -> list[str]:
        if not action.wildcards:
            return [pattern]
        # as in BuildKit, whose client sends of a folder what the patterns of its files match
        is_sent = isinstance(self._inputs[action.input], ContextResult)
        return list(match_sources(files.tree, pattern, below_files=not is_sent))

    def _owner(self, text: str, below: LayerFiles, flag: str) -> Owner:
        users = read_users(below)
        uid, gid, warning = users.resolve_owner(text)
        if warning is not None:
            self.warnings.append(f"{flag}{text}: {warning}")
        return Owner(uid, gid)

    def _fingerprinted(self, item: PlannedEntry) -> PlannedEntry:
        """The planned file with the digest of its content."""
        if item.source is None or item.source.digest is not None:
            return item
        (source,) = self._source(item.input).fingerprint((item.source,))
        return item._replace(source=source, entry=item.entry._replace(digest=source.digest, xattrs=source.xattrs))

    def _open(self, item: PlannedEntry) -> Content:
        assert item.source is not None
        if item.input >= len(self._inputs):
            return self._archives[item.input - len(self._inputs)].open(item.source)
        return self._source(item.input).open(item.source)

    def _source(self, number: int) -> Files:
        files = self._files.get(number)
        if files is None:
            files = self._files[number] = files_of(self._inputs[number], self._store, self._layers)
        return files


def _is_one_folder(action: CopyAction) -> bool:
    """Whether it takes one thing as it is, which may be a folder."""
    is_pattern = action.wildcards and any(map(has_wildcards, action.sources))
    return len(action.sources) == 1 and not (is_pattern or action.includes or action.excludes)


def _content_bytes(item: PlannedEntry | Shared) -> int:
    return item.end - item.start if isinstance(item, Shared) else item.entry.size


def _whole_if_small(entry: Entry, content: Readable) -> Readable | bytes:
    """A small content at once: one read, and one more that finds its end."""
    return read_exactly(content, entry.size + 1) if entry.size <= SMALL_BYTES else content
