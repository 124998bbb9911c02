"""What overlayfs writes into the directories it stacks (kernel, Documentation/filesystems/overlayfs.rst).

A deletion is a character device 0:0. An opaque directory, which hides what the layers below have in it, carries an
extended attribute. Layers and upper directories are kept in this form; the mounts are made by the sandbox.
"""

from __future__ import annotations

import os
import stat

from jettison.enums import StrEnum

OPAQUE_VALUE = b"y"


class OverlayStyle(StrEnum):
    """Whose extended attributes overlayfs reads: those of root, or, mounted with ``userxattr``, anyone's."""

    TRUSTED = "trusted.overlay."
    USER = "user.overlay."

    @property
    def opaque(self) -> str:
        """The attribute that marks an opaque directory; its value is ``OPAQUE_VALUE``."""
        return f"{self.value}opaque"


def is_overlay_attribute(name: str) -> bool:
    """Whether an extended attribute is overlayfs's own, and so never part of a layer."""
    return name.startswith(tuple(OverlayStyle))


def is_whiteout(status: os.stat_result) -> bool:
    """Whether this is the status of a deletion."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0
