"""The size of an image after all advice, and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from jettison.analyze.base import Base
from jettison.analyze.classify import Run, SeenFiles
from jettison.analyze.destination import Destination
from jettison.analyze.findings import BY_CONTENT
from jettison.analyze.kinds import Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.weight import Group, Parts, PredictedPart, Prediction

_LABELS = {
    Category.DEPENDENCIES: "dependencies",
    Category.CACHES: "dependencies",  # kept are compiled twins only
    Category.APPLICATION: "application",
    Category.DATA: "data",
}


def predict(
    files: SeenFiles,
    groups: Mapping[Group, Parts],
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
            base_bytes -= sum(parts.sizes)
        elif group.kind in BY_CONTENT:
            saved.update(parts)
    sizes: Counter[str] = Counter()
    for run, path, size_bytes in _kept(files, saved, needs.program, base, destination):
        sizes[_label(run, path, needs, destination, is_in_base=run.layer < base.layers)] += size_bytes
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
    files: SeenFiles,
    saved: Mapping[str, int],
    program: str,
    base: Base,
    destination: Destination | None,
) -> Iterator[tuple[Run, str, int]]:
    """The bytes that stay: those of the program, and of all other files of each run; with the path of one of them."""
    base_layers = base.layers if destination is None else 0
    kind_left = None if destination is None else destination.kind_left
    looked_into = {path.rpartition("/")[0] for path in (program, *saved)}
    for run in files.runs:
        if run.kind is not None or run.layer < base_layers:
            continue  # it goes, or it is of the base that stays
        if kind_left is None and run.folder not in looked_into:
            yield run, files.paths[run.start], run.size_bytes
            continue
        example, kept_bytes = "", 0
        for path, size_bytes in files.of_run(run):
            if kind_left is not None and kind_left(run, path) is not None:
                continue  # it goes, also where the new base image has one in its place
            left_bytes = size_bytes - saved.get(path, 0)
            if path == program:
                yield run, path, left_bytes
            else:
                example = example or path
                kept_bytes += left_bytes
        if example:
            yield run, example, kept_bytes


def _label(run: Run, path: str, needs: Needs, destination: Destination | None, *, is_in_base: bool) -> str:
    if destination is not None and destination.site:
        return "pages"
    if path == needs.program:
        return "program"
    if is_in_base:
        if run.need is not Need.YES:
            return "certificates and the like"
        return "libraries" if needs.is_native else "interpreter and libraries"
    return _LABELS.get(run.category, "packages")
