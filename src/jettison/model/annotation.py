"""Annotations that a user gives an image, and where in its manifests they go (OCI image-spec, annotations.md).

Words and rules are buildx's and BuildKit's: ``manifest``, ``index``, ``manifest-descriptor`` and ``index-descriptor``,
the first where nothing is said; in square brackets the platform that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from jettison.enums import StrEnum
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import Self
from jettison.model.platform import Platform
from jettison.patterns import late_pattern

_PLACE = late_pattern(r"([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?")
_OUTPUT_KEY = late_pattern(r"annotation(?:-([a-z-]+))?(?:\[([A-Za-z0-9_/-]+)\])?\.(\S+)")

Pairs = tuple[tuple[str, str], ...]


class AnnotationPlace(StrEnum):
    """What carries an annotation."""

    MANIFEST = "manifest"
    INDEX = "index"
    MANIFEST_DESCRIPTOR = "manifest-descriptor"
    INDEX_DESCRIPTOR = "index-descriptor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation."""

    place: AnnotationPlace = AnnotationPlace.MANIFEST
    platform: Platform | None = None
    """None: of every platform."""
    key: str
    value: str

    @classmethod
    def parse(cls, text: str) -> tuple[Self, ...]:
        """``[PLACE[PLATFORM],…:]KEY=VALUE``, one for each place. Raises :class:`UsageError`."""
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"invalid annotation {text!r}, expected key=value")
        places, colon, key = name.partition(":")
        if not colon:
            return (cls(key=name, value=value),)
        found = []
        for place in places.split(","):
            match = _PLACE.fullmatch(place)
            if match is None:
                raise UsageError(
                    f"invalid annotation type {place!r}",
                    hint="write a type and perhaps a platform: manifest[linux/amd64]",
                )
            found.append(cls(place=_place(match[1]), platform=_platform(match[2]), key=key, value=value))
        return tuple(found)

    @classmethod
    def parse_output_key(cls, key: str, value: str) -> Self | None:
        """``annotation[-PLACE][[PLATFORM]].KEY``, an attribute of ``--output``; None where the key is none of these."""
        match = _OUTPUT_KEY.fullmatch(key) if key.startswith("annotation") else None
        if match is None:
            return None
        return cls(place=_place(match[1] or "manifest"), platform=_platform(match[2]), key=match[3], value=value)


def annotations_at(
    annotations: Iterable[Annotation], place: AnnotationPlace, platform: Platform | None = None
) -> Pairs:
    """What a place carries, sorted by key: what is said of the platform goes before what is said of all."""
    found = [item for item in annotations if item.place is place and item.platform in (None, platform)]
    general = {item.key: item.value for item in found if item.platform is None}
    own = {item.key: item.value for item in found if item.platform is not None}
    return tuple(sorted((general | own).items()))


def _place(text: str) -> AnnotationPlace:
    if text not in list(AnnotationPlace):
        raise UsageError(f"unknown annotation type {text!r}", hint=f"there is {', '.join(AnnotationPlace)}")
    return AnnotationPlace(text)


def _platform(text: str | None) -> Platform | None:
    return Platform.parse(text) if text else None
