"""Files copied by the kernel: no byte comes to this process, and where the file system can, both share their blocks."""

from __future__ import annotations

import errno
import io
import os
import stat

from jettison.hints import BinaryIO

_MAX_COPY_BYTES = 1 << 30
_CANNOT = frozenset(
    {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF, errno.ETXTBSY, errno.EIO}
)
"""The kernel, the file system or a filter of system calls does not do this: read and write then."""


def copy_file(source: BinaryIO, target: BinaryIO) -> int | None:
    """Put all of ``source``, a file that nothing was read of, at the position of ``target``; the number of bytes.

    None where these are not both regular files, or the kernel does not copy between them: nothing is written then.
    Raises OSError where it began and could not go on.
    """
    try:
        source_number, target_number = source.fileno(), target.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return None
    if not (_is_regular(source_number) and _is_regular(target_number)):
        return None
    target.flush()
    copied = 0
    while True:
        try:
            count = os.copy_file_range(source_number, target_number, _MAX_COPY_BYTES)
        except OSError as error:
            if copied or error.errno not in _CANNOT:
                raise
            return None
        if not count:
            break
        copied += count
    if not copied and os.fstat(source_number).st_size:
        return None  # some file systems say so where they cannot
    target.seek(os.lseek(target_number, 0, os.SEEK_CUR))
    return copied


def _is_regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)
