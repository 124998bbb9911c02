"""What to type in order to leave the base image behind, in one line that can be followed as it stands."""

from __future__ import annotations

from collections import Counter

from jettison.analyze.base import Base
from jettison.analyze.classify import SeenFiles
from jettison.analyze.command_lines import SHELLS
from jettison.analyze.destination import Destination
from jettison.analyze.kinds import Category
from jettison.analyze.need import ENVIRONMENT, USER, Needs

_SHOWN = 3
_OWN = (Category.APPLICATION, Category.DATA, Category.DEPENDENCIES)
_PLACE_DEPTH = 2
"""Folders that deep are named: ``/app/templates``, ``/srv/data``."""


def change_of_base(files: SeenFiles, needs: Needs, base: Base, destination: Destination) -> str:
    """The new last stage: what it starts from, what is copied to it, and what else has to be changed for it."""
    start = f"name the stage (FROM {base.name or '…'} AS build) and add one: FROM"
    program = f"/{needs.program}"
    if destination.site:
        pages = f"COPY --from=build /{destination.site} {destination.pages or 'to its folder of pages'}"
        why = f"all that {destination.served_by} does is to hand out files"
        return f"{start} {destination.name}, {pages}, and settings for its port: {why}"
    if not needs.is_native:
        interpreter = f"/{needs.interpreter}" if needs.interpreter else program
        folders = " ".join(f"/{folder}" for folder, why in needs.folders.items() if why == ENVIRONMENT)
        taken = f"COPY --from=build {folders} {folders}" if folders else "COPY --from=build what it runs"
        named = destination.name or f"a base that brings {interpreter} and no tools (slim, distroless)"
        return f"{start} {named}, {taken}"
    return f"{start} {_small_base(needs, destination)}, COPY --from=build {program} {program}" + "".join(
        (
            _names(needs, destination),
            _own(files, needs, base, destination),
            _support(needs, destination),
            _check(needs, destination),
        )
    )


def _small_base(needs: Needs, destination: Destination) -> str:
    if destination.name:
        return destination.name
    if needs.companions:
        others = " and ".join(f"/{path}" for path in needs.companions[:_SHOWN])
        return f"a small base that brings {others}"
    if needs.is_static:
        return "scratch"
    return "a base with little more than a C library (or link statically, then FROM scratch)"


def _names(needs: Needs, destination: Destination) -> str:
    """The files in which the name of the image's user stands."""
    names = [path for path, why in needs.reasons.items() if why == USER and path not in destination.holds]
    return f", COPY --from=build {' '.join(f'/{path}' for path in names)} /etc/" if names else ""


def _own(files: SeenFiles, needs: Needs, base: Base, destination: Destination) -> str:
    """Where the largest of the image's own files lie that the program may read."""
    sizes: Counter[str] = Counter()
    for run in files.runs:
        if run.kind is None and run.layer >= base.layers and run.category in _OWN:
            for path, size_bytes in files.of_run(run):
                if path != needs.program and destination.kind_left(run, path) is None:
                    parts = path.split("/")[:-1] or [path]
                    is_beside = "/".join(parts) == needs.program.rpartition("/")[0]
                    sizes[path if is_beside else "/".join(parts[:_PLACE_DEPTH])] += size_bytes
    shown = [f"/{place}" for place, _ in sizes.most_common(_SHOWN)]
    return f", and what it reads of {', '.join(shown)}{' …' if len(sizes) > _SHOWN else ''}" if shown else ""


def _support(needs: Needs, destination: Destination) -> str:
    """What the program speaks of, where no base image brings it."""
    opens = [path for path in needs.spoken_of if path.startswith(("etc/ssl", "usr/share"))]
    if destination.name or not needs.is_static or not opens:
        return ""
    return f", and {' and '.join(f'/{path}' for path in opens)} where it uses {'them' if opens[1:] else 'it'}"


def _check(needs: Needs, destination: Destination) -> str:
    """A health check that is a line for the shell needs one."""
    has_shell = any(path.rpartition("/")[2] in SHELLS for path in (*destination.holds, *needs.companions))
    return '; there is no shell: HEALTHCHECK CMD ["…"]' if needs.checks_by_shell and not has_shell else ""
