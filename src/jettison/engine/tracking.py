"""Finding the trail of a build that is over.

Only simple builds leave one: one folder, one platform, images of the store, outputs that are archives or the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jettison.engine.definitions import BuildGraph
from jettison.engine.dockerfile_text import dockerfile_places
from jettison.engine.export import Export
from jettison.engine.load import MAIN_CONTEXT, ignore_places
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.request import BuildRequest
from jettison.engine.trail import StoredBlob, Trail
from jettison.errors import NotFoundError
from jettison.layout.content import Blob
from jettison.model.digest import Digest
from jettison.model.op import GitOp, HttpOp, ImageOp
from jettison.model.reference import Reference
from jettison.sources.local import LocalContext
from jettison.store.store import Store

_INLINE_BYTES = 16 << 10
"""Blobs up to this size are kept as bytes."""


def is_simple(request: BuildRequest) -> bool:
    """Whether all that the request reads are files of one folder and images, and all that it writes can be repeated."""
    asks_others = (
        request.context is None
        or request.stdin is not None
        or request.dockerfile_url
        or request.dockerfile_text is not None
        or request.build_contexts
        or request.secrets
        or request.agents
    )
    is_special = request.pull or request.no_cache or request.no_cache_stages or len(request.platforms) > 1
    return not (asks_others or is_special or request.attest.asked) and all(map(_is_simple_output, request.outputs))


def _is_simple_output(output: Output) -> bool:
    if output.rewrite_timestamp:
        return False
    if output.kind is OutputKind.IMAGE:
        return output.store and not output.needs_blobs
    return output.needs_layout and output.as_tar and output.destination is not None


def find_trail(
    request: BuildRequest,
    graph: BuildGraph,
    exports: Sequence[Export],
    store: Store,
) -> Trail | None:
    """The trail of a build; None for one that is not simple."""
    if not is_simple(request):
        return None
    ((build,),) = graph.builds
    ops = [vertex.op for vertex in graph.vertices]
    context = graph.contexts[MAIN_CONTEXT]
    bases = [_base(op, store) for op in ops if isinstance(op, ImageOp)]
    if None in bases or any(isinstance(op, HttpOp | GitOp) for op in ops) or not isinstance(context, LocalContext):
        return None
    assert request.context is not None
    read, absent = _looked_for(request.context, request.dockerfile, Path(build.sources.path))
    files = {str(path): path.stat() for path in read}
    if context.root_status is not None:
        files[str(request.context)] = context.root_status
    kept = [export for export in exports if export.output.kind is OutputKind.IMAGE]
    images = tuple(image_id for export in kept for image_id in export.given.image_ids)
    present = [str(path) for export in exports for diff_id in export.layers for path in store.layers.files(diff_id)]
    return Trail(
        files=files,
        absent=tuple(map(str, absent)),
        context=str(request.context),
        walked=context.walked,
        stamps=context.stamps,
        present=(f"{request.context}/.", *present, *(str(store.blobs.path(image_id)) for image_id in images)),
        names=(
            *(base for base in bases if base is not None),
            *((name, export.given.image_ids[0]) for export in kept for name in export.names),
        ),
        images=images,
        archives=tuple(
            (str(export.output.destination), tuple(_part(part, store) for part in export.archive_parts()))
            for export in exports
            if export.output.needs_layout
        ),
    )


def _looked_for(root: Path, asked: Path | None, dockerfile: Path) -> tuple[list[Path], list[Path]]:
    """The files beside the context that are read, and those that are not there but would come before them."""
    places = dockerfile_places(root, asked)
    absent = list(places[: places.index(dockerfile)])
    read = [dockerfile]
    for place in ignore_places(root, dockerfile):
        if place.is_file():
            read.append(place)
            break
        absent.append(place)
    return read, absent


def _base(op: ImageOp, store: Store) -> tuple[Reference, Digest] | None:
    """The name of a base image, where it leads to the image that was used, and to no other on any platform."""
    name = op.reference.with_default_tag()
    try:
        records = store.images.platforms(str(name))
    except NotFoundError:
        return None
    is_sure = name.digest is None and [record.image_id for record in records] == [op.image_id]
    return (name, op.image_id) if is_sure else None


def _part(part: bytes | Blob, store: Store) -> bytes | StoredBlob:
    if isinstance(part, bytes):
        return part
    digest = part.descriptor.digest
    if part.descriptor.size > _INLINE_BYTES and store.blobs.has(digest):  # a manifest, however long, is not kept there
        path = store.blobs.path(digest)
        return StoredBlob(path=str(path), status=path.stat())
    with part.open() as content:
        return content.read()
