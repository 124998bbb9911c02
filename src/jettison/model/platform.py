"""Platforms: operating system, architecture, variant (OCI image-spec, image-index.md; containerd's normal forms)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from jettison.errors import UsageError

_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "amd64": ("amd64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "386": ("386", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armv7l": ("arm", "v7"),
    "arm": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv6l": ("arm", "v6"),
}
_IMPLIED_VARIANTS = {("amd64", "v1"), ("arm64", "v8"), ("arm64", "8")}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Platform:
    """A platform in its normal form: ``linux/amd64``, ``linux/arm/v7``."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``os/arch[/variant]``, ``arch`` or ``os``; raise :class:`UsageError` for anything else."""
        if "," in text:
            raise UsageError(f"several platforms in one build are not supported yet: {text}", hint="name one of them")
        parts = [part.lower() for part in text.split("/")]
        if not all(parts) or len(parts) > 3:
            raise UsageError(f"invalid platform {text!r}", hint="write os/architecture[/variant], such as linux/arm64")
        if len(parts) == 1:
            parts = ["linux", parts[0]]
        return cls.normal(os=parts[0], architecture=parts[1], variant=parts[2] if len(parts) == 3 else "")

    @classmethod
    def normal(cls, *, os: str, architecture: str, variant: str = "", os_version: str = "") -> Self:
        """The normal form of a platform as a machine, an image or a user names it."""
        known, implied = _ARCHITECTURES.get(architecture.lower(), (architecture.lower(), ""))
        variant = variant.lower() or implied
        if (known, variant) in _IMPLIED_VARIANTS:
            variant = ""
        if known == "arm" and variant.isdigit():
            variant = f"v{variant}"
        return cls(os=os.lower(), architecture=known, variant=variant, os_version=os_version)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def runs(self, other: Platform) -> bool:
        """Whether an image made for ``other`` is what a user who asks for this platform wants."""
        return (self.os, self.architecture, self.variant) == (other.os, other.architecture, other.variant)

    def same_machine(self, other: Platform) -> bool:
        """Whether both have the same system and architecture; variants apart, as BuildKit compares them."""
        return (self.os, self.architecture) == (other.os, other.architecture)
