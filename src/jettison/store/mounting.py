"""Whether this machine mounts layers, as it was found out: one line of text, for the kernel and sandbox that it names.

It is a note and no promise: whoever finds none, or one about something else, finds out again.
"""

from __future__ import annotations

from contextlib import suppress

from jettison.store.faults import storage_faults
from jettison.store.home import Home
from jettison.store.temporary import Session

_WORKS = {"yes": True, "no": False}
_LIMIT_BYTES = 4096


class Mounting:
    """The note of one store."""

    def __init__(self, home: Home, session: Session) -> None:
        self._home = home
        self._session = session

    def known(self, key: str) -> bool | None:
        """What was found out for these circumstances; None where that was nothing."""
        with suppress(OSError), self._home.mounting.open("rb") as file:
            answer, _, about = file.read(_LIMIT_BYTES).decode("utf-8", "replace").rstrip("\n").partition(": ")
            if about == key:
                return _WORKS.get(answer)
        return None

    def remember(self, key: str, *, works: bool) -> None:
        """Replace the note."""
        path = self._session.new_path("mounting")
        with storage_faults("write", path):
            path.write_text(f"{'yes' if works else 'no'}: {key}\n", encoding="utf-8")
            path.rename(self._home.mounting)
