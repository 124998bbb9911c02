"""Signs that the encoding of a stream lacks, written in others: ``…`` as ``...``, the lines of trees as ``|``.

Loaded only where the encoding is not UTF-8.
"""

from __future__ import annotations

import codecs

PLAIN_SIGNS = "jettison.plain_signs"
"""The name of what does so, as streams know it."""
_SIGNS = {"…": "...", "─": "-", "│": "|", "├": "|", "└": "`", "→": "->", "·": "-", "µ": "u", "μ": "u"}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Other characters are escaped, as everywhere."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_SIGNS.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in lacking), error.end


codecs.register_error(PLAIN_SIGNS, _plain)
