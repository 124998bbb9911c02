"""Platforms: operating system, architecture, variant (OCI image-spec, image-index.md; containerd's normal forms)."""

from __future__ import annotations

from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import Self
from jettison.patterns import late_pattern

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
_KNOWN = frozenset((
    "386", "amd64", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips", "mipsle",
    "mips64", "mips64le", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm",
))  # fmt: skip
_SYSTEMS = frozenset((
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "netbsd",
    "openbsd", "plan9", "solaris", "windows", "zos",
))  # fmt: skip
_SYSTEM = late_pattern(r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)\))?")
_PART = late_pattern(r"[A-Za-z0-9_-]+")
_FORM = "write os/architecture[/variant], such as linux/arm64"
_IMPLIED_VARIANTS = {("amd64", "v1"), ("arm64", "v8"), ("arm64", "8")}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Platform:
    """A platform in its normal form: ``linux/amd64``, ``linux/arm/v7``."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str, machine: Platform | None = None) -> Self:
        """Parse ``os/arch[/variant]``, ``arch``, or ``os`` where it is known what ``machine`` builds.

        Raises :class:`UsageError` for anything else.
        """
        if "," in text:
            raise UsageError(f"one platform is wanted here, not several: {text}", hint="name one of them")
        parts = text.split("/")
        found = _SYSTEM.fullmatch(parts[0])
        if found is None or len(parts) > 3 or not all(map(_PART.fullmatch, parts[1:])):
            raise UsageError(f"invalid platform {text!r}", hint=_FORM)
        system, version = found[1], found[2] or ""
        if len(parts) > 1:
            variant = parts[2] if len(parts) == 3 else ""
            return cls.normal(os=system, architecture=parts[1], variant=variant, os_version=version)
        if system.lower() in _SYSTEMS and machine is not None:
            return cls.normal(os=system, architecture=machine.architecture, os_version=version)
        alone = cls.normal(os="linux", architecture=text)
        if alone.architecture not in _KNOWN:
            raise UsageError(f"unknown operating system or architecture {text!r}", hint=_FORM)
        return alone

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
