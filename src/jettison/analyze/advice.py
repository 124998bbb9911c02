"""What to type against a finding: where it matters, by what the instruction runs that brought the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from re import Pattern

from jettison.analyze.kinds import Category, Kind
from jettison.analyze.places import Places
from jettison.patterns import late_pattern

_APT = late_pattern(r"\b(?:apt|apt-get|aptitude|dpkg)\b")
_LEAN_APT = late_pattern(r"\bapt(?:-get)?\b.*(?:--no-install-recommends|APT::Install-Recommends)")
_APT_INSTALL = late_pattern(r"\b(?:apt|apt-get|aptitude)\b.*\binstall\b")
_ONLY_UPDATE = late_pattern(r"^(?!.*\b(?:install|upgrade)\b).*\bapt(?:-get)? (?:-\S+ )*update\b")
_DNF = late_pattern(r"\b(?:dnf|microdnf|yum|rpm)\b")
_APK = late_pattern(r"\bapk\b")
_COPY = late_pattern(r"^(?:COPY|ADD)\b")
_IN_A_STAGE = "{line}: install them in a stage of their own (FROM … AS build)"


def _texts(folder: str, kept: str = "") -> tuple[tuple[Pattern[str], str], ...]:
    return (
        (_APT, f"{{line}}: path-exclude={folder}/*{kept} in /etc/dpkg/dpkg.cfg.d before the install, or a slim base"),
        (_DNF, "{line}: dnf install --setopt=tsflags=nodocs --setopt=install_weak_deps=False"),
        (_APK, "{line}: leave the packages out whose names end with -doc and -lang"),
    )


_CHANGES: Mapping[str, tuple[tuple[Pattern[str], str], ...]] = {
    "deleted": (
        (
            _COPY,
            "leave them out of {line}, so that {by} need not remove them: "
            ".dockerignore, or RUN --mount=type=bind,target=… where a command reads them",
        ),
    ),
    "documentation": _texts("/usr/share/doc", " and path-include=/usr/share/doc/*/copyright"),
    "manuals": _texts("/usr/share/man"),
    "locales": _texts("/usr/share/locale"),
    "archive": ((_COPY, "{line}: ADD unpacks them, or RUN --mount=type=bind,target=… and unpack from there: {paths}"),),
    "apt-lists": (
        (_ONLY_UPDATE, "merge {line} with the RUN that installs, and rm -rf /var/lib/apt/lists/* at the end of that"),
    ),
    "unused-packages": (
        (_LEAN_APT, _IN_A_STAGE),
        (
            _APT_INSTALL,
            "{line}: apt-get install --no-install-recommends and by name what is needed, or in a stage of their own",
        ),
    ),
}
"""Kind -> what its instruction may run, and the change then; the first counts. Nothing of these: the kind's own."""


_REMOVED = ("documentation", "manuals", "locales", "package-tests", "version-control")
"""Kinds that are no caches, and against which a command in the RUN helps that brings them."""
_COPIED = "leave {target} out of {line}: .dockerignore, or rm -rf in the stage that it copies from"


def change_of(kind: Kind, instruction: str) -> str:
    """What to type; it may name ``{line}``, ``{by}``, ``{paths}`` and ``{target}``."""
    for pattern, change in _CHANGES.get(kind.name, ()):
        if pattern.search(instruction):
            return change
    is_removed = kind.category is Category.CACHES or kind.name in _REMOVED
    return _COPIED if is_removed and _COPY.search(instruction) else kind.change


def target_of(kind: Kind, path: str) -> str:
    """The folder in which the files of a kind lie, one of which is ``path``; with the options of a mount for it."""
    usual = kind.target.partition(",")[0]
    if usual and f"/{path}".startswith(f"{usual}/"):
        return kind.target
    places, parts = Places(), path.split("/")
    folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return "/" + next((folder for folder in folders if places.of_folder(folder).kind == kind.name), path)
