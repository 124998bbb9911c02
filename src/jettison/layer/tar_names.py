"""Names in archives: any bytes but NUL, made into image paths or refused."""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.layer.tar_header import MAX_PATH_BYTES, MAX_PATH_DEPTH


def decode_path(name: bytes, offset: int) -> str:
    """An image path; refuses names that climb above the root, hold NUL, or are longer or deeper than any file's."""
    _check_name(name, offset)
    text = name.decode("utf-8", "surrogateescape").removesuffix("/")
    if "//" in text or "./" in text or text.startswith("/") or text.endswith((".", "/")):
        parts: list[str] = []
        for part in text.split("/"):
            if part == "..":
                if not parts:
                    raise IntegrityError(f"the archive holds {text!r} at byte {offset}, outside of its root")
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        text = "/".join(parts)
    if text.count("/") >= MAX_PATH_DEPTH:
        raise IntegrityError(f"the archive holds a file at byte {offset} that lies {text.count('/')} directories deep")
    return text


def decode_name(name: bytes, offset: int) -> str:
    """A name as it is written, such as the target of a symbolic link."""
    _check_name(name, offset)
    return name.decode("utf-8", "surrogateescape")


def _check_name(name: bytes, offset: int) -> None:
    if len(name) > MAX_PATH_BYTES:
        raise IntegrityError(f"the archive holds a name of {len(name)} bytes at byte {offset}; no file has such a name")
    if b"\x00" in name:
        raise IntegrityError(f"corrupt archive: the name {name[:60]!r} at byte {offset} holds a NUL")
