"""How layers become one overlayfs mount: its conventions on disk and its option string (kernel,
filesystems/overlayfs).

The mount itself is made by the sandbox. Directories are given to the kernel by short names relative to the current
directory, for which symbolic links are made: all options have to fit into one page, and paths may hold commas and
colons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from jettison.errors import SandboxError

MAX_LOWER_DIRECTORIES = 500
"""The kernel's own limit (OVL_MAX_STACK)."""
MAX_OPTION_BYTES = 4095
"""One page, less the NUL."""

_UPPER, _WORK = "u", "w"


class OverlayStyle(StrEnum):
    """Whose extended attributes overlayfs reads: those of root, or, mounted with ``userxattr``, anyone's."""

    TRUSTED = "trusted.overlay."
    USER = "user.overlay."

    @property
    def opaque(self) -> str:
        """The attribute that marks an opaque directory; its value is ``y``."""
        return f"{self.value}opaque"


OPAQUE_VALUE = b"y"


def is_overlay_attribute(name: str) -> bool:
    """Whether an extended attribute is overlayfs's own, and so never part of a layer."""
    return name.startswith(("trusted.overlay.", "user.overlay."))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayMount:
    """What to mount: ``lowers`` with the lowest first, as everywhere; without ``upper`` it is read-only."""

    lowers: Sequence[Path]
    upper: Path | None = None
    work: Path | None = None
    style: OverlayStyle = OverlayStyle.TRUSTED

    def links(self) -> Mapping[str, Path]:
        """The symbolic links, name -> target, that the current directory needs while it is mounted."""
        links = {str(number): path for number, path in enumerate(self.lowers)}
        if self.upper is not None and self.work is not None:
            links |= {_UPPER: self.upper, _WORK: self.work}
        return links

    def options(self) -> str:
        """The ``data`` of mount(2). Copies whole files up and follows no redirects: uppers stay plain to pack.

        Raises :class:`SandboxError` where the kernel could not take so many layers.
        """
        names = ":".join(str(number) for number in reversed(range(len(self.lowers))))
        options = f"lowerdir={names},redirect_dir=off,metacopy=off,index=off,xino=off"
        if self.upper is not None and self.work is not None:
            options += f",upperdir={_UPPER},workdir={_WORK}"
        if self.style is OverlayStyle.USER:
            options += ",userxattr"
        if len(self.lowers) > MAX_LOWER_DIRECTORIES or len(options) > MAX_OPTION_BYTES:
            raise SandboxError(
                f"{len(self.lowers)} layers are too many to mount: overlayfs takes {MAX_LOWER_DIRECTORIES}",
                hint="squash the base image into fewer layers",
            )
        return options
