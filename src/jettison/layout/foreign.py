"""What a file that is no archive seems to be, by its first bytes alone, and what to do about it.

It is looked at to help whoever named the wrong file. Nothing is decided by it, so a table of what people have lying
beside their images is enough.
"""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.layer.decompress import Codec
from jettison.layer.tar_header import BLOCK_BYTES, is_header

LOOKED_AT_BYTES = BLOCK_BYTES
WRITTEN_BY = "jettison save -o FILE IMAGE writes an archive of an image, as docker save does"

_USTAR_AT = 257
_DOCKERFILE_WORDS = (b"from", b"arg", b"# syntax", b"# escape", b"# check", b"#syntax", b"#escape", b"#check")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of files."""

    begins: bytes
    name: str
    hint: str = WRITTEN_BY
    at: int = 0


_DISK = "it is the disk of a machine: the images of containers are archives, which jettison save and docker save write"
_BINARIES = (
    _Kind(begins=b"\x7fELF", name="an ELF program or library"),
    _Kind(begins=b"MZ", name="a Windows program"),
    _Kind(begins=b"\xcf\xfa\xed\xfe", name="a macOS program"),
    _Kind(begins=b"PK\x03\x04", name="a zip archive", hint="unpack it first, where the archive of an image is in it"),
    _Kind(begins=b"7z\xbc\xaf\x27\x1c", name="a 7z archive", hint="unpack it first, where that of an image is in it"),
    _Kind(begins=b"Rar!", name="a rar archive", hint="unpack it first, where the archive of an image is in it"),
    _Kind(begins=b"!<arch>\ndebian", name="a Debian package", hint="jettison base makes images of Debian packages"),
    _Kind(begins=b"!<arch>\n", name="a static library"),
    _Kind(begins=b"\xed\xab\xee\xdb", name="an RPM package"),
    _Kind(begins=b"070701", name="a cpio archive"),
    _Kind(begins=b"\x89PNG\r\n", name="a picture (PNG)"),
    _Kind(begins=b"\xff\xd8\xff", name="a picture (JPEG)"),
    _Kind(begins=b"GIF8", name="a picture (GIF)"),
    _Kind(begins=b"%PDF-", name="a PDF document"),
    _Kind(begins=b"SQLite format 3\x00", name="an SQLite database"),
    _Kind(begins=b"QFI\xfb", name="a QCOW disk image", hint=_DISK),
    _Kind(begins=b"KDMV", name="a VMDK disk image", hint=_DISK),
    _Kind(begins=b"hsqs", name="a SquashFS file system", hint=_DISK),
    _Kind(begins=b"\x55\xaa", at=510, name="a disk image", hint=_DISK),
)
_TEXTS = (
    _Kind(
        begins=b"version https://git-lfs",
        name="a pointer of Git LFS, in place of the file",
        hint="git lfs pull brings the file itself",
    ),
    _Kind(begins=b"<!doctype html", name="a web page", hint="what was downloaded is a page: look at the address"),
    _Kind(begins=b"<html", name="a web page", hint="what was downloaded is a page: look at the address"),
    _Kind(begins=b"<?xml", name="an XML document"),
    _Kind(begins=b"#!", name="a script"),
    _Kind(
        begins=b"{",
        name="a JSON document",
        hint="an OCI layout is named by its folder, and not by a file in it; " + WRITTEN_BY,
    ),
    _Kind(begins=b"[", name="a JSON document", hint="an archive is named whole, not by a file in it; " + WRITTEN_BY),
)


def is_archive(begin: bytes) -> bool:
    """Whether a tar begins like that, be it damaged or empty; ``begin`` is its first block, shorter at its end only."""
    return is_header(begin) or begin[_USTAR_AT:].startswith(b"ustar") or (len(begin) == BLOCK_BYTES and not any(begin))


def no_archive(what: str, begin: bytes, codec: Codec) -> IntegrityError:
    """The error for a file whose content, once decompressed, begins like that."""
    if not begin:
        how = f"nothing, compressed with {codec}" if codec is not Codec.NONE else "it is empty"
        hint = f"what should have written it wrote nothing; {WRITTEN_BY}"
        return IntegrityError(f"{what}: this is no archive of an image: {how}", hint=hint)
    name, hint = _seems(what, begin)
    packed = f", compressed with {codec}" if codec is not Codec.NONE else ""
    seems = f": it seems to be {name}{packed}" if name else f", nor anything else that is known{packed}"
    return IntegrityError(f"{what}: this is no archive of an image{seems}", hint=hint)


def _seems(what: str, begin: bytes) -> tuple[str, str]:
    """What it seems to be, empty where nothing is known, and the hint."""
    for kind in _BINARIES:
        if begin.startswith(kind.begins, kind.at):
            return kind.name, kind.hint
    if not _is_text(begin):
        return "", WRITTEN_BY
    text = begin.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for kind in _TEXTS:
        if text.startswith(kind.begins):
            return kind.name, kind.hint
    if _is_dockerfile(text):
        return "a Dockerfile", f"build it first: jettison build -t NAME -f {what} ."
    return "a text", WRITTEN_BY


def _is_dockerfile(text: bytes) -> bool:
    """Whether its first line that is no mere comment says so."""
    for line in text.splitlines():
        if line.startswith(_DOCKERFILE_WORDS) and b" " in line:
            return True
        if line and not line.startswith(b"#"):
            return False
    return False


def _is_text(begin: bytes) -> bool:
    """Whether it can be read; a letter that the end cuts in two counts for none."""
    try:
        text = begin.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(begin) < LOOKED_AT_BYTES or error.start < len(begin) - 3:
            return False
        text = begin[: error.start].decode("utf-8")
    return all(letter.isprintable() or letter.isspace() for letter in text)
