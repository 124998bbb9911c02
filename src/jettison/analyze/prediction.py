"""The size of an image after all advice, and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from jettison.analyze.base import Base
from jettison.analyze.classify import Classified, Run
from jettison.analyze.destination import Destination
from jettison.analyze.findings import BY_CONTENT
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
    runs: Sequence[Run],
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
        elif group.kind in BY_CONTENT:
            saved.update(parts)
    sizes: Counter[str] = Counter()
    for file, size_bytes in _kept(files, runs, saved, needs.program, base, destination):
        sizes[_label(file, needs, destination, is_in_base=file.layer < base.layers)] += size_bytes
    name = base.name if destination is None else destination.name
    if destination is not None:
        base_bytes = destination.size_bytes
    if base_bytes:
        sizes[f"base image {name}".rstrip()] += base_bytes
    found = [PredictedPart(what, size_bytes) for what, size_bytes in sizes.items() if size_bytes]
    return Prediction(
        parts=tuple(sorted(found, key=lambda part: (-part.size_bytes, part.what))),
        base_name=name,
        base_bytes=base_bytes,
        is_new_base=destination is not None,
    )


def _kept(
    files: Sequence[Classified],
    runs: Sequence[Run],
    saved: Mapping[str, int],
    program: str,
    base: Base,
    destination: Destination | None,
) -> Iterator[tuple[Classified, int]]:
    """The bytes that stay: those of the program, and of all other files that follow each other and are alike."""
    base_layers = base.layers if destination is None else 0
    kind_left = None if destination is None else destination.kind_left
    looked_into = {path.rpartition("/")[0] for path in (program, *saved)}
    first: Classified | None = None
    sum_bytes = end = 0
    for run in runs:
        start, end = end, end + run.files
        if run.kind is not None or run.layer < base_layers:
            continue  # it goes, or it is of the base that stays
        example, kept_bytes = files[start], run.size_bytes
        if kind_left is not None or run.folder in looked_into:
            others: list[Classified] = []
            kept_bytes = 0
            for file in files[start:end]:
                if kind_left is not None and kind_left(file) is not None:
                    continue  # it goes, also where the new base image has one in its place
                size_bytes = file.entry.size - saved.get(file.entry.path, 0)
                if file.entry.path == program:
                    yield file, size_bytes
                else:
                    others.append(file)
                    kept_bytes += size_bytes
            if not others:
                continue
            example = others[0]
        if (
            first is None
            or run.category is not first.category
            or run.need is not first.need
            or run.layer != first.layer
        ):
            if first is not None:
                yield first, sum_bytes
            first, sum_bytes = example, 0
        sum_bytes += kept_bytes
    if first is not None:
        yield first, sum_bytes


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
