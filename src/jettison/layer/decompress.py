"""Decompression of whatever comes: the codec is found from the first bytes, the data streams in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from jettison.enums import StrEnum
from jettison.errors import IntegrityError
from jettison.hints import Protocol, cast
from jettison.layer.stream import CHUNK_BYTES, Readable, read_exactly


class Codec(StrEnum):
    """How bytes are compressed."""

    NONE = "none"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"


_MAGIC_BYTES = 6
_XZ_MEMORY_BYTES = 256 * 1024 * 1024
"""Enough for ``xz -9`` four times over; a stream that wants more is refused."""
_INPUT_BYTES = 256 * 1024


def detect_codec(start: bytes) -> Codec:
    """The codec of a stream that starts with these bytes (six are enough); NONE where no magic number is known."""
    if start.startswith(b"\x1f\x8b"):
        return Codec.GZIP
    if start.startswith(b"BZh"):
        return Codec.BZIP2
    if start.startswith(b"\xfd7zXZ\x00"):
        return Codec.XZ
    if start.startswith(b"\x28\xb5\x2f\xfd") or (start[1:4] == b"\x2a\x4d\x18" and 0x50 <= start[0] <= 0x5F):
        return Codec.ZSTD
    return Codec.NONE


class _Decoder(Protocol):
    """What the decompressors of bz2, lzma, isal and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """At most ``max_length`` bytes of what ``data`` expands to."""
        ...


class Decompressed:
    """A decompressed view of a stream: members, frames and streams that follow each other are joined.

    Raises :class:`IntegrityError` where the data is corrupt, ends early, or is followed by something else than zeros.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._input = read_exactly(stream, _MAGIC_BYTES)
        self.codec = detect_codec(self._input)
        """How the stream is compressed."""
        self._new_decoder, self._errors = _decoder_of(self.codec)
        self._decoder: _Decoder | None = None
        self._ended = False
        self._position = len(self._input)

    def read(self, size: int = -1, /) -> bytes:
        """Read at most ``size`` bytes, all where it is negative; ``b""`` only at the end."""
        if size < 0:
            parts = []
            while part := self.read(CHUNK_BYTES):
                parts.append(part)
            return b"".join(parts)
        if self.codec is Codec.NONE:
            if self._input:
                data, self._input = self._input[:size], self._input[size:]
                return data
            return self._stream.read(size)
        try:
            return self._decode(size)
        except self._errors as error:
            raise IntegrityError(f"corrupt {self.codec} data before byte {self._position}: {error}") from error

    def _decode(self, size: int) -> bytes:
        while size and not self._ended:
            decoder = self._decoder
            if decoder is None or decoder.eof:
                self._begin_member(decoder)
                continue
            if not self._input and decoder.needs_input:
                self._input = self._read_input()
                if not self._input:
                    raise IntegrityError(f"truncated {self.codec} data: it ends at byte {self._position}")
            data, self._input = self._input, b""
            if output := decoder.decompress(data, size):
                return output
        return b""

    def _begin_member(self, finished: _Decoder | None) -> None:
        """Start with the next member, if there is one; zeros between and after members are passed over."""
        if finished is not None:
            self._input = finished.unused_data.lstrip(b"\x00")
            while not self._input:
                data = self._read_input()
                if not data:
                    self._ended = True
                    return
                self._input = data.lstrip(b"\x00")
        self._decoder = self._new_decoder()

    def _read_input(self) -> bytes:
        data = self._stream.read(_INPUT_BYTES)
        self._position += len(data)
        return data


def _decoder_of(codec: Codec) -> tuple[Callable[[], _Decoder], tuple[type[Exception], ...]]:
    """What makes decoders of a codec, and what they raise."""
    if codec is Codec.GZIP:
        from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor
        from isal.isal_zlib import IsalError

        return lambda: IgzipDecompressor(flag=DECOMP_GZIP), (cast("type[Exception]", IsalError), EOFError)
    if codec is Codec.BZIP2:
        import bz2

        return bz2.BZ2Decompressor, (OSError, EOFError, ValueError)
    if codec is Codec.XZ:
        import lzma

        return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES), (lzma.LZMAError, EOFError)
    if codec is Codec.ZSTD:
        from jettison.layer.zstd import ZstdDecompressor, ZstdError

        return ZstdDecompressor, (ZstdError, EOFError)
    return _no_decoder, ()


def _no_decoder() -> _Decoder:
    raise AssertionError("data that is not compressed needs no decoder")
