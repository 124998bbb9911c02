"""Files that users name for outputs: there when they are whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.errors import StorageError
from jettison.hints import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under the name only when they are all written.

    A link is followed. What is no file, such as ``/dev/null`` or a pipe, is written to and stays what it is.
    """
    is_special = path.exists() and not path.is_file()
    place = path if is_special else Path(os.path.realpath(path))
    written = place if is_special else place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with written.open("wb") as stream:
            yield stream
        if not is_special:
            written.replace(place)
    except OSError as error:
        raise StorageError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    finally:
        if not is_special:
            with suppress(OSError):
                written.unlink(missing_ok=True)
