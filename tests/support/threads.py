"""A machine that allows no thread more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NO_ADDRESS_SPACE_HAS_IT = 1 << 47


@contextmanager
def no_more_threads() -> Iterator[None]:
    """Inside the body no thread of this process can be started: its stack would be larger than all memory."""
    before = threading.stack_size(_NO_ADDRESS_SPACE_HAS_IT)
    try:
        yield
    finally:
        threading.stack_size(before)
