"""Whether a build will probably run commands, told before anything is loaded that knows a Dockerfile.

A guess decides what is made ready early, and nothing else: a wrong one costs some milliseconds.
"""

from __future__ import annotations

from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine.request import BuildRequest

_LOOKED_AT_BYTES = 1 << 16


def may_run_commands(request: BuildRequest) -> bool:
    """Whether the Dockerfile has a RUN; true also where it cannot be looked at without taking it from somebody."""
    if request.context is None:
        return True
    path = request.context / "Dockerfile" if request.dockerfile is None else request.dockerfile
    try:
        if not path.is_file():
            return True
        with path.open("rb") as file:
            return b"RUN" in file.read(_LOOKED_AT_BYTES).upper()
    except OSError:
        return True
