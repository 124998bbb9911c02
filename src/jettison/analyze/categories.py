"""Every byte of an image in one category, and whether the program needs it where the advice lets it end up.

What the advice leaves behind the program does without: the table and the findings speak of the same image to come.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from jettison.analyze.classify import SeenFiles
from jettison.analyze.destination import Destination
from jettison.analyze.kinds import Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.weight import CategoryWeight

_LEADS_THERE = "the image's command leads there"
_NOT_NEEDED = {
    Category.BASE_SYSTEM: "no program reads it",
    Category.RUNTIME: "no program reads it",
    Category.TOOL_CHAIN: "it makes programs, and is not run by this one",
    Category.DEPENDENCIES: "they are there for development and tests",
    Category.CACHES: "they only make a next build faster",
    Category.SOURCES: "what is made of them is what runs",
    Category.APPLICATION: "nothing leads there",
    Category.DATA: "nothing leads there",
    Category.HIDDEN: "an upper layer deleted or replaced it",
}
"""Why what no running program needs is not needed."""
_UNKNOWN = {
    Category.BASE_SYSTEM: "it may be used by what the program starts",
    Category.RUNTIME: "what of it the program imports is not known",
    Category.DEPENDENCIES: "what of them the program imports is not known",
}
_UNKNOWN_OTHERWISE = "whether the program reads it is not known"


def weigh_categories(
    files: SeenFiles,
    wasted_bytes: int,
    needs: Needs,
    destination: Destination | None,
) -> tuple[CategoryWeight, ...]:
    """The categories, largest first; ``wasted_bytes`` are those that nobody sees."""
    sizes: dict[Category, Counter[Need]] = defaultdict(Counter)
    left: Counter[Category] = Counter()
    for run in files.runs:
        sizes[run.category][run.need] += run.size_bytes
        if destination is None or run.need is Need.NO:
            continue
        for path, size_bytes in files.of_run(run):
            if destination.need(run, path) is not run.need:
                left[run.category] += size_bytes
                sizes[run.category][run.need] -= size_bytes
                sizes[run.category][Need.NO] += size_bytes
    if wasted_bytes:
        sizes[Category.HIDDEN][Need.NO] = wasted_bytes
    found = [
        _weight(category, counts, needs, destination if 2 * left[category] > counts[Need.NO] else None)
        for category, counts in sizes.items()
    ]
    return tuple(sorted(found, key=lambda weight: (-weight.size_bytes, weight.category)))


def _weight(category: Category, counts: Counter[Need], needs: Needs, left_for: Destination | None) -> CategoryWeight:
    """``left_for`` is where the program goes, if that is why most of what it does not need is not needed."""
    need = max(counts, key=lambda each: counts[each])
    if need is Need.YES:
        reason = _LEADS_THERE
    elif need is Need.UNKNOWN:
        reason = _UNKNOWN.get(category, _UNKNOWN_OTHERWISE)
    else:
        reason = _NOT_NEEDED[category] if left_for is None else _left_behind(needs, left_for)
    return CategoryWeight(
        category=category,
        size_bytes=counts.total(),
        needed_bytes=counts[Need.YES],
        useless_bytes=counts[Need.NO],
        reason=reason,
    )


def _left_behind(needs: Needs, destination: Destination) -> str:
    if destination.site:
        return f"all that {destination.served_by} does is to hand out files"
    if needs.is_native:
        return f"/{needs.program} is {'static' if needs.is_static else 'followed to its libraries'}"
    return f"{destination.name or 'a base image without tools'} does without it"
