"""Package URLs (package-url/purl-spec): ``pkg:type/namespace/name@version?qualifiers``."""

from __future__ import annotations

import re
from urllib.parse import quote

from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.patterns import late_pattern

_SAFE = "-._~"
_SAFE_IN_VALUES = _SAFE + ":"
_PLAIN = late_pattern(r"[A-Za-z0-9._~-]*")
"""Most names and versions: nothing in them is to be quoted."""


def purl(
    kind: str, name: str, version: str = "", *, namespace: str = "", qualifiers: tuple[tuple[str, str], ...] = ()
) -> str:
    """A canonical package URL; qualifiers without a value are left out."""
    segments = [_quoted(segment) for segment in namespace.split("/") if segment]
    text = f"pkg:{kind}/" + "/".join([*segments, _quoted(name)])
    if version:
        text += f"@{_quoted(version, _SAFE_IN_VALUES)}"
    pairs = [f"{key}={_quoted(value, _SAFE_IN_VALUES)}" for key, value in sorted(qualifiers) if value]
    return text + ("?" + "&".join(pairs) if pairs else "")


def pypi_purl(name: str, version: str) -> str:
    """Of a Python distribution: names in the normal form of the index."""
    return purl("pypi", pypi_name(name), version)


def pypi_name(name: str) -> str:
    """The one spelling of the many that a Python distribution's name has (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def npm_purl(name: str, version: str) -> str:
    """Of a node package; ``@scope`` is its namespace."""
    scope, _, rest = name.rpartition("/")
    return purl("npm", rest, version, namespace=scope)


def golang_purl(module: str, version: str) -> str:
    """Of a Go module; the path but for its last element is the namespace."""
    namespace, _, name = module.lower().rpartition("/")
    return purl("golang", name, version, namespace=namespace)


def image_purl(reference: Reference, platform: Platform | None = None, *, kind: str = "docker") -> str:
    """Of an image, as BuildKit names subjects and dependencies; ``kind`` is ``oci`` for what no registry gave."""
    namespace, _, name = reference.familiar_repository.rpartition("/")
    version = reference.with_default_tag().tag or ""
    qualifiers = (("digest", reference.digest or ""), ("platform", "" if platform is None else str(platform)))
    return purl(kind, name, version, namespace=namespace, qualifiers=qualifiers)


def _quoted(text: str, safe: str = _SAFE) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return quote(text.encode("utf-8", "surrogateescape"), safe=safe)
