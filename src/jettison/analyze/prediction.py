"""The size of an image after all advice, and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from jettison.analyze.base import Base
from jettison.analyze.classify import Classified
from jettison.analyze.destination import Destination
from jettison.analyze.kinds import Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.weight import Group, Part, PredictedPart, Prediction

_LABELS = {
    Category.DEPENDENCIES: "dependencies",
    Category.CACHES: "dependencies",  # kept are compiled twins only
    Category.APPLICATION: "application",
    Category.DATA: "data",
}


def predict(
    files: Sequence[Classified],
    groups: Mapping[Group, Sequence[Part]],
    needs: Needs,
    base: Base,
    destination: Destination | None,
    *,
    base_bytes: int,
    saves: Callable[[Group], bool],
) -> Prediction:
    """What is left when everything is done that the findings say; ``base_bytes`` are the present base image's."""
    saved: dict[str, int] = {}
    for group, parts in groups.items():
        if not saves(group):
            continue
        if destination is None and group.layer < base.layers:
            base_bytes -= sum(part.size_bytes for part in parts)
        elif group.by is None:
            saved.update(parts)
    sizes: Counter[str] = Counter()
    base_layers = base.layers if destination is None else 0
    for file in files:
        entry, layer, _, kind, _, _ = file
        if kind is not None or layer < base_layers:
            continue  # it goes, or has a part in the new base image, or is a part of the one that stays
        size_bytes = entry.size - saved.get(entry.path, 0)
        if size_bytes > 0 and (destination is None or not destination.is_replaced(file)):
            sizes[_label(file, needs, destination, is_in_base=layer < base.layers)] += size_bytes
    name = base.name if destination is None else destination.name
    if destination is not None:
        base_bytes = destination.size_bytes
    if base_bytes:
        sizes[f"base image {name}".rstrip()] += base_bytes
    found = [PredictedPart(what, size_bytes) for what, size_bytes in sizes.items()]
    return Prediction(
        parts=tuple(sorted(found, key=lambda part: (-part.size_bytes, part.what))),
        base_name=name,
        base_bytes=base_bytes,
        is_new_base=destination is not None,
    )


def _label(file: Classified, needs: Needs, destination: Destination | None, *, is_in_base: bool) -> str:
    if destination is not None and destination.site:
        return "pages"
    if file.entry.path == needs.program:
        return "program"
    if is_in_base:
        if file.need is not Need.YES:
            return "certificates and the like"
        return "libraries" if needs.is_native else "interpreter and libraries"
    return _LABELS.get(file.category, "packages")
