"""Whether a build will probably run commands, and how many at once, told before what knows a Dockerfile is loaded.

A guess decides what is made ready early, and nothing else: a wrong one costs some milliseconds.
"""

from __future__ import annotations

from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine.request import BuildRequest

_LOOKED_AT_BYTES = 1 << 16


def commands_at_once(request: BuildRequest) -> int:
    """How many commands will start at once: one for each stage with a RUN that stands on no other stage.

    None where the Dockerfile has no RUN; one where it cannot be looked at without taking it from somebody.
    """
    if request.context is None:
        return 1
    path = request.context / "Dockerfile" if request.dockerfile is None else request.dockerfile
    try:
        if not path.is_file():
            return 1
        with path.open("rb") as file:
            text = file.read(_LOOKED_AT_BYTES).upper()
    except OSError:
        return 1
    return max(_stages_that_run(text), 1) if b"RUN" in text else 0


def _stages_that_run(text: bytes) -> int:
    """Of a Dockerfile in capital letters."""
    names: set[bytes] = set()
    count = 0
    stands_alone = True
    for line in text.splitlines():
        name, *words = line.split() or [b""]
        if name == b"FROM":
            base, *rest = [word for word in words if not word.startswith(b"--")] or [b""]
            stands_alone = base not in names
            names.update(rest[-1:])
        elif name == b"RUN" and stands_alone:
            count += 1
            stands_alone = False
    return count
