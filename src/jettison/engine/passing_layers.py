"""The layers of an archive on standard input, each indexed while it passes by: nothing is kept but what is read again.

Whose layers they are is known at the end at the earliest, where the manifest of ``docker save`` lies; what a layer is
called does not matter to its index.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from jettison.engine.kept_files import Keep, KeptFiles
from jettison.frozen import dataclass, field
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.stream import Readable
from jettison.model.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedLayer:
    """What is left of a layer."""

    index: LayerIndex
    kept: KeptFiles = field(compare=False)


class PassingLayers:
    """Takes the layers of one archive; ``stack`` closes what was kept of them."""

    def __init__(self, spool_dir: Path, stack: ExitStack, *, keep: Keep) -> None:
        self._spool_dir = spool_dir
        self._stack = stack
        self._keep = keep
        self.layers: dict[Digest, PassedLayer] = {}
        """By diff_id."""

    def take(self, tar: Readable) -> None:
        """Index a layer, of which nothing was read. Raises :class:`IntegrityError` where no layer is like that."""
        kept = self._stack.enter_context(KeptFiles(self._spool_dir))
        index = index_layer(tar, on_member=kept.taking(self._keep))
        self.layers.setdefault(index.diff_id, PassedLayer(index=index, kept=kept))
