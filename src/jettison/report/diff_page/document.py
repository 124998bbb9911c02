"""What the page is told, as JSON: the schema is what this file writes, and nobody but the page's scripts reads it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from jettison.engine.image_diff import Counts, ImageDiff, ImageSummary, Owner, PackageDiff
from jettison.hints import Any
from jettison.layer.compare import ChangeKind
from jettison.report.diff_lines import ChangeLine, folded_lines
from jettison.report.diff_page.pieces import Colour, Shape, pieces_of
from jettison.report.page.folding import FoldedTree, fold
from jettison.report.page.texts import shown_path, shown_text

_KINDS = list(ChangeKind)
_SHAPES = list(Shape)
_MAX_OWNERS = 300
"""Instructions, and packages: those with the largest differences; the others are told together."""
_MAX_LINES = 1_000
"""Of each kind of change, the largest."""
_MAX_SETTINGS = 200
_MAX_NOTES = 20
_NOBODY = -1


def diff_document(diff: ImageDiff) -> dict[str, Any]:
    """The data of the page. Lists that strangers can make long are cut."""
    lines = folded_lines(diff.changes)
    shown = _largest(lines)
    return {
        "equal": diff.is_equal,
        "old": _summary(diff.old),
        "new": _summary(diff.new),
        "kinds": [str(kind) for kind in _KINDS],
        "counts": [getattr(diff.counts, kind.value) for kind in _KINDS],
        "ignored": sum(getattr(diff.ignored, kind.value) for kind in _KINDS),
        "instructions": [[shown_text(row.instruction), *_sums(row.counts)] for row in diff.instructions[:_MAX_OWNERS]],
        "packages": [_package(row) for row in diff.packages[:_MAX_OWNERS]],
        "settings": [
            [shown_text(one.what), *(None if text is None else shown_text(text) for text in (one.old, one.new))]
            for one in diff.config[:_MAX_SETTINGS]
        ],
        "lines": [_line(line) for line in shown],
        "more": {
            "instructions": len(diff.instructions[_MAX_OWNERS:]),
            "packages": len(diff.packages[_MAX_OWNERS:]),
            "settings": len(diff.config[_MAX_SETTINGS:]),
            "lines": len(lines) - len(shown),
        },
        "unread": [shown_text(note) for note in diff.gaps[:_MAX_NOTES]],
        **_coloured(fold(tuple(pieces_of(diff))), diff),
    }


def _largest(lines: Sequence[ChangeLine]) -> list[ChangeLine]:
    by_size = sorted(lines, key=lambda line: -abs(line.size_bytes))
    left = dict.fromkeys(_KINDS, _MAX_LINES)
    found = []
    for line in by_size:
        if left[line.change.kind]:
            left[line.change.kind] -= 1
            found.append(line)
    return found


def _coloured(tree: FoldedTree[Colour], diff: ImageDiff) -> dict[str, Any]:
    """The tree; of each of its colours shape, sign, and the numbers of the old and new instruction and package."""
    instructions = _numbers([row.instruction for row in diff.instructions])
    packages = _numbers([(row.ecosystem, row.name) for row in diff.packages])

    def number(of: Callable[[Hashable], int], owner: Owner | None, part: int) -> int:
        return _NOBODY if owner is None else of(owner[part])

    return {
        "shapes": [str(shape) for shape in _SHAPES],
        "colours": [
            [
                _SHAPES.index(colour.shape),
                colour.sign,
                number(instructions, colour.old, 0),
                number(instructions, colour.new, 0),
                number(packages, colour.old, 1),
                number(packages, colour.new, 1),
            ]
            for colour in tree.colours
        ],
        "tree": tree.document(),
    }


def _numbers(owners: Sequence[Hashable]) -> Callable[[Hashable], int]:
    """Where in its list an owner stands; all that are not in the page stand behind the last one."""
    places = {owner: place for place, owner in enumerate(owners[:_MAX_OWNERS])}
    return lambda owner: places.get(owner, _MAX_OWNERS)


def _summary(image: ImageSummary) -> dict[str, Any]:
    return {
        "name": shown_text(image.name),
        "id": str(image.image_id),
        "size": image.size_bytes,
        "layers": image.layers,
        "platform": shown_text(str(image.platform)),
        "others": [shown_text(str(other)) for other in image.others[:_MAX_NOTES]],
    }


def _sums(counts: Counts) -> list[int]:
    """Bytes; paths that came, that went, that are different."""
    return [counts.size_bytes, counts.added, counts.removed, counts.changed + counts.metadata + counts.moved]


def _package(row: PackageDiff) -> list[Any]:
    versions = (shown_text(", ".join(versions)) for versions in (row.old_versions, row.new_versions))
    return [shown_text(row.name), row.ecosystem, *versions, *_sums(row.counts)]


def _line(line: ChangeLine) -> list[Any]:
    """Kind, bytes, path, how many paths it stands for, where it was, what else differs."""
    return [
        _KINDS.index(line.change.kind),
        line.size_bytes,
        shown_path(line.path[1:]),
        line.paths,
        shown_path(line.old_path[1:]) if line.old_path else "",
        shown_text(line.remark),
    ]
