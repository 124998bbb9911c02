"""Software bills of materials as SPDX 2.3 documents: an image, the packages in it, the files, and who owns which.

The document says nothing that is not in the image: licences are declared, not concluded. Equal facts give equal bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from jettison.attest.licences import licence_of
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.packages.package import Catalog, Package
from jettison.patterns import late_pattern

PREDICATE_TYPE = "https://spdx.dev/Document"
FILENAME = "sbom.spdx.json"

MAX_FILES = 60_000
"""With more the document would come near the 40 MiB that BuildKit takes; it then lists packages alone."""

_DOCUMENT, _IMAGE = "SPDXRef-DOCUMENT", "SPDXRef-Image"
_NAMESPACE = "https://spdx.org/spdxdocs"
_NO_ASSERTION = "NOASSERTION"
_URL = late_pattern(r"(?:https?|ftp)://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?(?:\?[\w.~%&=+-]*)?")
_PERSON = late_pattern(r"([^<(]*)(?:<([^>\s]+@[^>\s]+)>)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One regular file of the image."""

    path: str
    sha1: str
    digest: Digest
    layer: str = ""
    """Digest of the layer that it is in, where layers leave as blobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """Everything that an SPDX document tells."""

    name: str
    """Of the image, or of the build where it has none."""
    identity: Digest
    """Of what was scanned: the manifest, else the chain of the layers."""
    purl: str = ""
    created: str
    """RFC 3339 in UTC, whole seconds."""
    tool: str
    """``jettison-1.0``."""
    catalog: Catalog
    files: Sequence[ListedFile]


def spdx_document(scanned: Scanned) -> dict[str, Any]:
    """The document as a JSON object."""
    return _Document(scanned).build()


class _Document:
    def __init__(self, scanned: Scanned) -> None:
        self._scanned = scanned
        self._lists_files = len(scanned.files) <= MAX_FILES
        files = scanned.files if self._lists_files else ()
        self._files = {file.path: file for file in files}
        self._ids = {file.path: _file_id(file.path) for file in files}
        self._extracted: dict[str, str] = {}
        self._relationships: list[dict[str, str]] = []

    def build(self) -> dict[str, Any]:
        scanned = self._scanned
        self._relate(_DOCUMENT, "DESCRIBES", _IMAGE)
        packages = [self._image(), *map(self._package, scanned.catalog.packages)]
        owned = scanned.catalog.owners()
        for path, identifier in self._ids.items():
            if path not in owned:
                self._relate(_IMAGE, "CONTAINS", identifier)
        document: dict[str, Any] = {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": _DOCUMENT,
            "name": scanned.name,
            "documentNamespace": f"{_NAMESPACE}/{_safe(scanned.name)}-{scanned.identity.hex}",
            "creationInfo": {"created": scanned.created, "creators": [f"Tool: {scanned.tool}"]},
        }
        comments = self._comments()
        if comments:
            document["comment"] = "\n".join(comments)
        document["packages"] = packages
        if self._files:
            document["files"] = [self._file(file) for file in self._files.values()]
        if self._extracted:
            document["hasExtractedLicensingInfos"] = [
                {"licenseId": reference, "name": text, "extractedText": text}
                for reference, text in sorted(self._extracted.items())
            ]
        document["relationships"] = self._relationships
        return document

    def _image(self) -> dict[str, Any]:
        scanned = self._scanned
        package: dict[str, Any] = {
            "SPDXID": _IMAGE,
            "name": scanned.name,
            "versionInfo": scanned.identity,
            "downloadLocation": _NO_ASSERTION,
            "primaryPackagePurpose": "CONTAINER",
            **self._analysis(tuple(self._ids)),
            "checksums": [_checksum("SHA256", scanned.identity.hex)],
            "licenseConcluded": _NO_ASSERTION,
            "licenseDeclared": _NO_ASSERTION,
        }
        if scanned.purl:
            package["externalRefs"] = [_purl_reference(scanned.purl)]
        return package

    def _package(self, package: Package) -> dict[str, Any]:
        identifier = _package_id(package)
        paths = tuple(path for path in package.files if path in self._ids)
        self._relate(_IMAGE, "CONTAINS", identifier)
        for path in paths:
            self._relate(identifier, "CONTAINS", self._ids[path])
        licence = licence_of(package.licences)
        if licence is not None:
            self._extracted.update(licence.extracted)
        document: dict[str, Any] = {
            "SPDXID": identifier,
            "name": package.name,
            "versionInfo": package.version,
            "downloadLocation": _NO_ASSERTION,
            **self._analysis(paths),
            "licenseConcluded": _NO_ASSERTION,
            "licenseDeclared": _NO_ASSERTION if licence is None else licence.expression,
            "sourceInfo": f"found in /{package.source}",
            "externalRefs": [_purl_reference(package.purl)],
        }
        supplier = _supplier(package)
        if supplier:
            document["supplier"] = supplier
        if _URL.fullmatch(package.homepage):
            document["homepage"] = package.homepage
        if package.summary:
            document["summary"] = package.summary
        return {key: value for key, value in document.items() if value != ""}

    def _analysis(self, paths: Sequence[str]) -> dict[str, Any]:
        """Whether the files of a package are told of, with the code that stands for all of them (SPDX 2.3, 7.9)."""
        if not paths:
            return {"filesAnalyzed": False}
        sums = "".join(sorted(self._files[path].sha1 for path in paths))
        code = hashlib.sha1(sums.encode(), usedforsecurity=False).hexdigest()
        return {"filesAnalyzed": True, "packageVerificationCode": {"packageVerificationCodeValue": code}}

    def _file(self, file: ListedFile) -> dict[str, Any]:
        document: dict[str, Any] = {
            "SPDXID": self._ids[file.path],
            "fileName": f"./{file.path}",
            "checksums": [_checksum("SHA1", file.sha1), _checksum("SHA256", file.digest.hex)],
        }
        if file.layer:
            document["comment"] = f"layerID: {file.layer}"
        return document

    def _comments(self) -> list[str]:
        comments = [f"incomplete: {gap}" for gap in self._scanned.catalog.unread]
        if not self._lists_files:
            comments.append(f"files are not listed: there are {len(self._scanned.files)}, more than {MAX_FILES}")
        return comments

    def _relate(self, element: str, kind: str, related: str) -> None:
        self._relationships.append({"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related})


def _purl_reference(purl: str) -> Mapping[str, str]:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}


def _checksum(algorithm: str, value: str) -> Mapping[str, str]:
    return {"algorithm": algorithm, "checksumValue": value}


def _supplier(package: Package) -> str:
    match = _PERSON.match(package.supplier.strip())
    name = " ".join((match[1] if match else "").split())
    if not match or not name:
        return ""
    kind = "Organization" if package.ecosystem == "rpm" else "Person"
    return f"{kind}: {name} ({match[2]})" if match[2] else f"{kind}: {name}"


def _package_id(package: Package) -> str:
    told = hashlib.sha256(f"{package.purl}\0{package.source}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"SPDXRef-Package-{package.ecosystem}-{_safe(package.name)}-{told}"


def _file_id(path: str) -> str:
    return f"SPDXRef-File-{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.") or "unnamed"
