"""Which files of packages go into an image, and under which path. Pure.

Left out is what Debian's slim images leave out (dpkg's ``path-exclude``), and what only a shell or a packager reads.
"""

from __future__ import annotations

import re

from jettison.patterns import late_pattern

EXCLUDED = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/lintian/*",
    "/usr/share/linda/*",
    "/usr/share/groff/*",
    "/usr/share/bug/*",
    "/usr/share/doc-base/*",
    "/usr/share/menu/*",
    "/usr/share/bash-completion/*",
    "/usr/share/zsh/vendor-completions/*",
    "/usr/share/fish/vendor_completions.d/*",
)
"""Patterns as dpkg reads them: ``*`` also matches slashes (dpkg(1), --path-exclude)."""

INCLUDED = ("/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias")
"""Kept all the same: licences must go with the programs."""

_EXCLUDED = late_pattern("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in EXCLUDED), re.DOTALL)
_INCLUDED = late_pattern("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in INCLUDED), re.DOTALL)
_DOC_FOLDER = late_pattern(r"/usr/share/doc/[^/]*")

MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32")
"""Folders of the root that are links into ``usr`` (Debian's merged /usr)."""

_LIB64_ARCHITECTURES = frozenset({"amd64", "ppc64", "ppc64el", "s390x", "loong64"})
"""Where the dynamic loader is in /lib64."""


def is_kept(path: str, *, is_link: bool = False) -> bool:
    """Whether the file at an image path goes into the image; folders stay only where something in them does.

    A documentation folder that is a link to another package's is kept: it leads to the licence.
    """
    rooted = "/" + path
    if not _EXCLUDED.fullmatch(rooted) or _INCLUDED.fullmatch(rooted):
        return True
    return is_link and _DOC_FOLDER.fullmatch(rooted) is not None


def merge_usr(path: str) -> str:
    """Where a package's path lies in a merged /usr; the merged folders themselves become ``usr/…`` too."""
    first, _, _ = path.partition("/")
    return f"usr/{path}" if first in MERGED else path


def merged_links(architecture: str) -> tuple[str, ...]:
    """The folders of :data:`MERGED` that an image of this architecture has."""
    return ("bin", "sbin", "lib", *(["lib64"] if architecture in _LIB64_ARCHITECTURES else []))
