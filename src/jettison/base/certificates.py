"""A CA store as ``update-ca-certificates`` makes it, and adding certificates of this machine to one. Pure.

A store is a file of PEM certificates one after the other (RFC 7468); text between them is a comment.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping

from jettison.errors import UsageError
from jettison.patterns import late_pattern

STORE_PATH = "etc/ssl/certs/ca-certificates.crt"
LOCAL_FOLDER = "usr/local/share/ca-certificates"
MOZILLA_FOLDER = "usr/share/ca-certificates/"

_CERTIFICATE = late_pattern(rb"-----BEGIN CERTIFICATE-----\r?\n(.*?)-----END CERTIFICATE-----", re.DOTALL)


def join_store(certificates: Mapping[str, bytes]) -> bytes:
    """The store of these files (path -> PEM), in the byte order of their paths as ca-certificates.conf lists them."""
    contents = [certificates[path] for path in sorted(certificates) if path.endswith(".crt")]
    return b"".join(content if content.endswith(b"\n") else content + b"\n" for content in contents)


def parse_certificates(bundle: bytes, what: str) -> tuple[bytes, ...]:
    """The DER certificates of a PEM bundle in order; ``what`` names it in :class:`UsageError`."""
    certificates = []
    for match in _CERTIFICATE.finditer(bundle):
        try:
            certificates.append(base64.b64decode(b"".join(match[1].split()), validate=True))
        except binascii.Error as error:
            raise UsageError(f"{what}: a damaged certificate at byte {match.start()}: {error}") from error
    if not certificates:
        raise UsageError(f"{what}: no certificate in it", hint="expected PEM: -----BEGIN CERTIFICATE-----")
    return tuple(certificates)


def missing_certificates(bundle: bytes, store: bytes, what: str) -> tuple[bytes, ...]:
    """The certificates of ``bundle`` that ``store`` does not hold, as DER, each once."""
    known = set(parse_certificates(store, "the image's CA store")) if store.strip() else set()
    return tuple(dict.fromkeys(item for item in parse_certificates(bundle, what) if item not in known))


def render_certificates(certificates: Iterable[bytes]) -> bytes:
    """DER certificates as PEM."""
    parts = []
    for certificate in certificates:
        text = base64.b64encode(certificate)
        lines = b"\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        parts.append(b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n")
    return b"".join(parts)
