"""The layers of a root file system as overlayfs stacks them: mounted where the machine can, unpacked where it cannot.

What a command left is its layer's directory already. Any other layer is, where ``layers.mounts`` says so, an image
over its tar, which takes a moment to write; what has no such image is unpacked. Either is made once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from jettison.engine.layers import Layers, Progress, Watched
from jettison.hints import TypeVar
from jettison.model.digest import Digest
from jettison.pools import ThreadPoolExecutor
from jettison.sandbox.types import MountedLayer
from jettison.solve.events import SpanKind
from jettison.store.store import Store

T = TypeVar("T")
Stack = tuple[Digest, ...]
"""A layer, and what it stands on: the lowest first."""

_PARALLEL_LAYERS = 3


class Roots:
    """Makes roots of layers that are on this machine."""

    def __init__(self, store: Store, layers: Layers) -> None:
        self._store = store
        self._layers = layers

    def stack(self, diff_ids: Sequence[Digest], progress: Progress) -> tuple[Path | MountedLayer, ...]:
        """The layers as a ``RootSpec`` takes them, in their order.

        Of a layer that is there twice, only the upper place counts: what the lower one does, it does once more, and
        overlayfs refuses a directory that it is given twice.
        """
        return self._of_each(diff_ids, self._find, lambda stack: self._make(stack, progress))

    def directories(self, diff_ids: Sequence[Digest], progress: Progress) -> tuple[Path, ...]:
        """The unpacked directories of the layers, for whoever looks into them from outside of a sandbox."""
        return self._of_each(
            diff_ids, lambda stack: self._store.layers.tree(stack[-1]), lambda stack: self._unpack(stack, progress)
        )

    def _of_each(
        self, diff_ids: Sequence[Digest], find: Callable[[Stack], T | None], make: Callable[[Stack], T]
    ) -> tuple[T, ...]:
        """What ``find`` gives for each layer, or else ``make``, several at a time."""
        stacks = [tuple(diff_ids[: number + 1]) for number in range(len(diff_ids))]
        stacks = [stack for stack in stacks if stack[-1] not in diff_ids[len(stack) :]]
        found = {stack[-1]: there for stack in stacks if (there := find(stack)) is not None}
        missing = [stack for stack in stacks if stack[-1] not in found]
        if len(missing) == 1:
            found[missing[0][-1]] = make(missing[0])
        elif missing:
            with ThreadPoolExecutor(_PARALLEL_LAYERS, thread_name_prefix="unpack") as pool:
                found |= zip((stack[-1] for stack in missing), pool.map(make, missing), strict=True)
        return tuple(found[stack[-1]] for stack in stacks)

    def _find(self, stack: Stack) -> Path | MountedLayer | None:
        """What is there already."""
        kept, diff_id = self._store.layers, stack[-1]
        tree = kept.tree(diff_id)
        if tree is not None:
            return tree
        image = kept.image(diff_id)
        if image is None or not self._store.blobs.has(diff_id) or not self._is_mounted(diff_id):
            return None
        return MountedLayer(image=image, tar=self._store.blobs.path(diff_id))

    def _make(self, stack: Stack, progress: Progress) -> Path | MountedLayer:
        diff_id = stack[-1]
        if not self._is_mounted(diff_id):
            return self._unpack(stack, progress)
        with self._store.lock(f"image {diff_id}"):
            return self._find(stack) or self._write_image(stack, progress) or self._unpack(stack, progress)

    def _is_mounted(self, diff_id: Digest) -> bool:
        return self._layers.mounts(self._layers.index(diff_id))

    def _write_image(self, stack: Stack, progress: Progress) -> MountedLayer | None:
        """The image of the top layer; None where it has to be unpacked."""
        from jettison.rootfs.mountable import mountable_image

        diff_id = stack[-1]
        with self._layers.spans(SpanKind.UNPACK, diff_id.short):
            index = self._layers.index(diff_id)
            begun = self._layers.begun_images.pop(diff_id, None)
            image = None if begun is None else begun.result()
            if image is None:
                image = mountable_image(index, lower=self._layers.merged(stack[:-1]))
            if image is None:
                return None
            if not self._store.blobs.is_new(diff_id):
                with self._store.blobs.open_verified(diff_id) as tar:
                    Watched(tar, f"verifying {diff_id.short}", index.tar_bytes, progress).drain()
            path = self._store.layers.put_image(diff_id, image)
        return MountedLayer(image=path, tar=self._store.blobs.path(diff_id))

    def _unpack(self, stack: Stack, progress: Progress) -> Path:
        """The directory of the top layer; directories that it does not name are as they are below."""
        diff_id = stack[-1]
        with self._store.lock(f"unpack {diff_id}"):
            found = self._store.layers.tree(diff_id)
            if found is not None:
                return found
            from jettison.rootfs.overlay import OverlayStyle
            from jettison.rootfs.unpack import unpack_indexed

            with (
                self._layers.spans(SpanKind.UNPACK, diff_id.short),
                self._store.layers.new_tree_directory() as directory,
                self._store.blobs.open_intact(diff_id) as tar,
            ):
                index = self._layers.index(diff_id)
                watched = Watched(tar, f"unpacking {diff_id.short}", index.tar_bytes, progress)
                lower = self._layers.merged(stack[:-1])
                unpack_indexed(watched, index, directory, style=OverlayStyle.TRUSTED, lower=lower)
                watched.drain()
                return self._store.layers.adopt_tree(diff_id, directory)
