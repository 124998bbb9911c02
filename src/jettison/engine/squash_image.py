"""``jettison squash``: an image from anywhere, with fewer layers, in the store under a new name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from jettison.engine.base_of import Base, build_record, find_base, numbered
from jettison.engine.build_record import squashed, write_build_record
from jettison.engine.image_layers import LayeredImage, open_image
from jettison.engine.layers import Layers, Progress
from jettison.engine.request import Machine
from jettison.engine.squash import Cut, cut_at, squash_layers
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.model.config import ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class SquashRequest:
    """Which layers of which image; with neither ``first`` nor ``all`` those over the base image."""

    name: str
    """As :func:`jettison.engine.image_layers.open_image` takes it; of several platforms one has to be chosen."""
    tags: Sequence[Reference] = ()
    first: int | None = None
    """The lowest layer that is folded, counted from 1."""
    all: bool = False
    platform: Platform | None = None
    stdin: BinaryIO | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SquashResult:
    """What came of it."""

    image_id: Digest
    base: Base | None
    """The base image, where it was asked for."""
    kept: int
    """Layers that stay as they are."""
    folded: int
    """Layers that became one, or none."""
    size_before: int
    size_after: int
    """Bytes of the contents of all layers, as docker counts them."""


def squash_image(request: SquashRequest, machine: Machine, progress: Progress) -> SquashResult:
    """Squash an image and name the result; the layers below the cut stay what they are, byte for byte.

    Raises :class:`UsageError` where the cut is not known or not inside the image, :class:`IntegrityError` where the
    result would not show the same files.
    """
    store = machine.store
    with (
        open_image(
            request.name,
            machine,
            progress=progress,
            platform=request.platform,
            stdin=request.stdin,
            into_store=True,
            one_platform=True,
        ) as image,
        closing(Layers(store)) as layers,
    ):
        base = find_base(image, store) if request.first is None and not request.all else None
        cut = _cut(request, image, base)
        config = squash_layers(image.config, cut, store=store, layers=layers, now=machine.clock(), progress=progress)
        record = build_record(image, store)
        built = None if record is None else write_build_record(squashed(record, cut.layers))
        image_id = store.images.put(
            write_image_config(config),
            build=None if config == image.config else built,
            ancestors=() if record is None else record.images,
        )
        for tag in request.tags:
            store.images.tag(tag, image_id)
        return SquashResult(
            image_id=image_id,
            base=base,
            kept=cut.layers,
            folded=len(image.config.diff_ids) - cut.layers,
            size_before=sum(index.content_bytes for index in image.indexes),
            size_after=sum(layers.columns(diff_id).content_bytes for diff_id in config.diff_ids),
        )


def _cut(request: SquashRequest, image: LayeredImage, base: Base | None) -> Cut:
    config = image.config
    count = len(config.diff_ids)
    if request.all:
        return Cut(layers=0, history=0)
    if request.first is not None:
        if not 1 <= request.first <= count:
            raise UsageError(f"--from {request.first}: {image.name} has {_layers(count)}", hint=_choice(config))
        return cut_at(config, request.first - 1)
    if base is None:
        raise UsageError(
            f"it is not known where the base image of {image.name} ends: its manifest and history do not tell",
            hint=_choice(config),
        )
    return base.cut


def _choice(config: ImageConfig) -> str:
    lines = "\n".join(numbered(config))
    return f"--from N folds the layers from N on, --all every one:\n{lines}"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
