"""Why a file is in an image: as a story from the image back to its source, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from jettison.engine.lineage import KnownBuild, unverified
from jettison.engine.origin import Candidate, FileOrigin, Mounted, TracedTouch
from jettison.hints import Any
from jettison.layer.compare import Aspect
from jettison.layer.touches import TouchKind
from jettison.report.table import ellipsis, printable
from jettison.report.units import human_size

_MAX_INSTRUCTION = 100
_MAX_NAMES = 5

_WORDS = {
    TouchKind.ADDED: "brought it",
    TouchKind.CHANGED: "changed it",
    TouchKind.METADATA: "changed its",
    TouchKind.REPEATED: "holds it once more, as it was",
    TouchKind.REMOVED: "removed it",
}


def origin_text(origin: FileOrigin) -> str:
    """From the image back; each place with all layers that touched the file; a star marks that of its content."""
    lines = [*_lines(origin, ""), *(f"note: {unverified(image)}" for image in origin.claims)]
    return "".join(f"{printable(line)}\n" for line in lines)


def origin_json(origin: FileOrigin) -> str:
    """One object in the shape of ``docs/why-file.schema.json``."""
    return json.dumps(_document(origin), indent=2) + "\n"


def _lines(origin: FileOrigin, indent: str) -> Iterator[str]:
    is_named = bool(origin.path or origin.touches)  # a text in the Dockerfile has no name
    yield (
        f"{indent}{'' if origin.is_relative else '/'}{origin.path} in {origin.place}"
        if is_named
        else indent + origin.place
    )
    inner = f"{indent}  "
    for link in origin.links:
        yield f"{inner}by the link /{link.path} -> {link.link}"
    if origin.link:
        yield f"{inner}it is a link to {origin.link}"
    if origin.names:
        more = f" and {len(origin.names) - _MAX_NAMES} more" if len(origin.names) > _MAX_NAMES else ""
        yield f"{inner}it is one file with {', '.join(f'/{name}' for name in origin.names[:_MAX_NAMES])}{more}"
    if origin.remark:
        yield f"{inner}note: {origin.remark}"
    for traced in origin.touches:
        mark = "*" if traced is origin.brought else " "
        yield f"{inner}{mark} layer {traced.touch.layer + 1}: {_said(traced)}"
        yield from _instruction(traced, inner)
    if origin.candidates:
        yield f"{inner}by what the instructions say, it was brought by{' one of' if origin.candidates[1:] else ''}"
    for candidate in origin.candidates:
        yield from _instruction(candidate, inner)
    if origin.taken_from is not None:
        yield f"{inner}{'the same content has' if origin.taken_from.is_by_content else 'taken from'}"
        yield from _lines(origin.taken_from, inner)


def _instruction(told: TracedTouch | Candidate, indent: str) -> Iterator[str]:
    of = f" of {told.image}" if told.image else ""
    place = f"  ({told.location}{of})" if told.location else f"  ({of[1:]})" if of else ""
    yield f"{indent}      {ellipsis(' '.join(told.instruction.split()), _MAX_INSTRUCTION)}{place}"
    for mounted in told.mounted:
        of = f"/{mounted.path} of {mounted.place}" if mounted.path else mounted.place
        yield f"{indent}        it had mounted {of} at {mounted.target}"


def _said(traced: TracedTouch) -> str:
    touch = traced.touch
    size = f", {human_size(touch.size_bytes, 3)}" if touch.size_bytes else ""
    if touch.kind is TouchKind.METADATA:
        said = [aspect.value for aspect in touch.aspects if aspect is not Aspect.TIME] or ["time"]
        return f"{_WORDS[touch.kind]} {', '.join(said)}{size}"
    return f"{_WORDS[touch.kind]}{size}"


def _document(origin: FileOrigin) -> dict[str, Any]:
    return {
        "place": origin.place,
        "path": origin.path,
        "remark": origin.remark or None,
        "links": [{"path": link.path, "target": link.link} for link in origin.links],
        "target": origin.link or None,
        "names": list(origin.names),
        "by_content": origin.is_by_content,
        "layers": [_touch(traced, is_content=traced is origin.brought) for traced in origin.touches],
        "candidates": [
            {
                "instruction": candidate.instruction,
                "location": candidate.location or None,
                "stage": candidate.stage or None,
                "image": candidate.image or None,
                "told_by": _told_by(candidate.build),
                "mounted": _mounted(candidate.mounted),
            }
            for candidate in origin.candidates
        ],
        "taken_from": None if origin.taken_from is None else _document(origin.taken_from),
    }


def _touch(traced: TracedTouch, *, is_content: bool) -> dict[str, Any]:
    touch = traced.touch
    return {
        "layer": touch.layer + 1,
        "kind": touch.kind.value,
        "differs": [aspect.value for aspect in touch.aspects],
        "size": touch.size_bytes,
        "content": is_content,
        "instruction": traced.instruction,
        "location": traced.location or None,
        "stage": traced.step.stage or None if traced.step is not None else None,
        "image": traced.image or None,
        "told_by": _told_by(traced.build),
        "mounted": _mounted(traced.mounted),
    }


def _told_by(build: KnownBuild | None) -> str:
    if build is None:
        return "history"
    return "provenance" if build.is_claim else "build"


def _mounted(mounted: Sequence[Mounted]) -> list[dict[str, Any]]:
    return [{"place": each.place, "path": each.path, "target": each.target} for each in mounted]
