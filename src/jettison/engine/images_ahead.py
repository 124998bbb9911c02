"""The images that layers are mounted by, made while the layers are brought: a root is there as soon as they are."""

from __future__ import annotations

from jettison.engine.layers import Layers
from jettison.errors import JettisonError
from jettison.layer.index import LayerIndex
from jettison.model.digest import Digest
from jettison.pools import ThreadPoolExecutor


class ImagesAhead:
    """Makes those of one root, used in ``with``. They are in ``layers.begun_images``, perhaps not done yet."""

    def __init__(self, layers: Layers, stack: tuple[Digest, ...]) -> None:
        """``stack`` are the layers of the root, the lowest first."""
        self._layers = layers
        self._stack = stack
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="image")

    def begin(self, index: LayerIndex) -> None:
        """The index of a layer has come, while the layer is still made durable."""
        if self._stack.count(index.diff_id) == 1:
            self._layers.begun_images[index.diff_id] = self._pool.submit(self._make, index)

    def __enter__(self) -> ImagesAhead:
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no more of them."""
        self._pool.shutdown(wait=False)

    def _make(self, index: LayerIndex) -> bytes | None:
        """None where a layer below is not there yet, or anything else is wrong: whoever makes the root finds out."""
        from jettison.rootfs.mountable import mountable_image

        try:
            if not self._layers.mounts(index):
                return None
            below = self._stack[: self._stack.index(index.diff_id)]
            return mountable_image(index, lower=self._layers.merged(below))
        except JettisonError:
            return None
