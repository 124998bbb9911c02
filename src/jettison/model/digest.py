"""Content digests (OCI image-spec, descriptor.md, section Digests)."""

from __future__ import annotations

import hashlib

from jettison.errors import IntegrityError
from jettison.hints import Self
from jettison.patterns import late_pattern

_DIGEST = late_pattern(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_SHORT_HEX_LENGTH = 12


class Digest(str):
    """A digest as ``algorithm:hex``; being a string, it sorts, hashes and serialises as one."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Check ``text`` against the registered algorithms; raise :class:`IntegrityError` where it is no digest."""
        if not _DIGEST.fullmatch(text):
            raise IntegrityError(f"invalid digest {text!r}: expected sha256: and 64 hexadecimal digits")
        return cls(text)

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The sha256 digest of ``data``."""
        return cls("sha256:" + hashlib.sha256(data).hexdigest())

    @property
    def algorithm(self) -> str:
        """The part before the colon."""
        return self.partition(":")[0]

    @property
    def hex(self) -> str:
        """The part after the colon."""
        return self.partition(":")[2]

    @property
    def short(self) -> str:
        """The first 12 hexadecimal digits, as docker prints image ids."""
        return self.hex[:_SHORT_HEX_LENGTH]


def chain_id(diff_ids: tuple[Digest, ...] | list[Digest]) -> Digest:
    """The identity of a stack of layers (OCI image-spec, config.md, section Layer ChainID)."""
    if not diff_ids:
        return Digest.of(b"")
    chain = diff_ids[0]
    for diff_id in diff_ids[1:]:
        chain = Digest.of(f"{chain} {diff_id}".encode())
    return chain
