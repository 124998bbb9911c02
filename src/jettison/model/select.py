"""Choosing the image of a platform from an index, as containerd matches platforms (platforms.Only)."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.errors import NotFoundError
from jettison.model.attestation import is_attestation
from jettison.model.oci import INDEX_TYPES, MANIFEST_TYPES, Descriptor, Index
from jettison.model.platform import Platform


def select_manifest(index: Index, platform: Platform, what: str) -> Descriptor:
    """The best entry of ``index`` for ``platform``: the highest variant that it can run; among equals the first.

    The result may be a nested index. An entry without platform is taken only where it is the only image there is.
    Raises :class:`NotFoundError` that lists what there is; ``what`` names the index in it.
    """
    images = [entry for entry in index.manifests if _is_image(entry)]
    for candidate in runnable_platforms(platform):
        for entry in images:
            if entry.platform is not None and candidate.runs(entry.platform):
                return entry
    if len(images) == 1 and images[0].platform is None:
        return images[0]
    available = sorted({str(entry.platform) for entry in images if entry.platform is not None})
    raise NotFoundError(
        f"{what}: there is no image for platform {platform}",
        hint=f"available: {', '.join(available)}" if available else "the index names no platforms",
    )


def image_platforms(index: Index) -> tuple[Platform, ...]:
    """The platforms of the images that an index names, in its order, each once."""
    named = (entry.platform for entry in index.manifests if _is_image(entry))
    return tuple(dict.fromkeys(platform for platform in named if platform is not None))


def runnable_platforms(platform: Platform) -> Iterator[Platform]:
    """What a machine of ``platform`` runs, best first: arm/v7 takes v7, v6 and v5; amd64/v3 takes v3, v2 and v1.

    As in containerd, amd64 falls back to 386 and arm64 to 32-bit arm.
    """

    def variant(architecture: str, name: str) -> Platform:
        return Platform.normal(os=platform.os, architecture=architecture, variant=name)

    yield variant(platform.architecture, platform.variant)
    match platform.architecture:
        case "amd64":
            for level in range(_level(platform.variant, 1) - 1, 0, -1):
                yield variant("amd64", f"v{level}")
            yield variant("386", "")
        case "arm64":
            if platform.variant:
                yield variant("arm64", "")
            for level in (8, 7, 6, 5):
                yield variant("arm", f"v{level}")
        case "arm":
            for level in range(_level(platform.variant, 7) - 1, 4, -1):
                yield variant("arm", f"v{level}")
        case _:
            pass


def _level(variant: str, default: int) -> int:
    digits = variant.removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else default


def _is_image(entry: Descriptor) -> bool:
    if entry.media_type not in MANIFEST_TYPES + INDEX_TYPES:
        return False
    if is_attestation(entry):
        return False
    return entry.platform is None or entry.platform.architecture != "unknown"
