"""What SPDX 2.3 demands of a JSON document, as far as ours can break it: every rule is one of the specification."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_IDENTIFIER = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s#]+")
_SUPPLIER = re.compile(r"NOASSERTION|(Person|Organization): [^(]+( \([^()]*\))?")
_LENGTHS = {"SHA1": 40, "SHA256": 64}
_RELATIONSHIPS = {"DESCRIBES", "CONTAINS"}


def violations(document: dict[str, Any]) -> list[str]:
    """What is wrong with a document; nothing where it is valid."""
    return list(_violations(document))


def _violations(document: dict[str, Any]) -> Iterator[str]:
    if (document.get("spdxVersion"), document.get("dataLicense")) != ("SPDX-2.3", "CC0-1.0"):
        yield "6.1, 6.2: version or data licence"
    if document.get("SPDXID") != "SPDXRef-DOCUMENT" or not document.get("name"):
        yield "6.3, 6.4: identifier or name of the document"
    if not _URI.fullmatch(document.get("documentNamespace", "")):
        yield "6.5: the namespace is a URI without a fragment"
    info = document.get("creationInfo", {})
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info.get("created", "")):
        yield "6.9: time of creation"
    datetime.fromisoformat(info["created"])
    if not all(re.fullmatch(r"(Tool|Person|Organization): .+", creator) for creator in info.get("creators", [""])):
        yield "6.8: creators"
    packages, files = document["packages"], document.get("files", [])
    elements = [element["SPDXID"] for element in [document, *packages, *files]]
    if len(elements) != len(set(elements)) or not all(map(_IDENTIFIER.fullmatch, elements)):
        yield "identifiers are unique, of letters, digits, dots and dashes"
    refs = {item["licenseId"]: item for item in document.get("hasExtractedLicensingInfos", [])}
    sums = {file["SPDXID"]: _sums(file)["SHA1"] for file in files}
    contained = {
        (relation["spdxElementId"], relation["relatedSpdxElement"])
        for relation in document["relationships"]
        if relation["relationshipType"] == "CONTAINS"
    }
    for relation in document["relationships"]:
        if relation["relationshipType"] not in _RELATIONSHIPS or not {
            relation["spdxElementId"],
            relation["relatedSpdxElement"],
        } <= set(elements):
            yield f"11.1: {relation}"
    if not any(relation["relationshipType"] == "DESCRIBES" for relation in document["relationships"]):
        yield "11.1: the document describes something"
    for file in files:
        if file["fileName"].startswith("/") or not all(len(v) == _LENGTHS[k] for k, v in _sums(file).items()):
            yield f"8.1, 8.4: {file}"
    for package in packages:
        yield from _package_violations(package, refs)
        own = {sums[related] for element, related in contained if element == package["SPDXID"] and related in sums}
        if package["filesAnalyzed"] is False and (own or "packageVerificationCode" in package):
            yield f"7.8: files of {package['name']} were not analyzed"
        if package["filesAnalyzed"] and not package["packageVerificationCode"]["packageVerificationCodeValue"]:
            yield f"7.9: {package['name']} has no verification code"


def verification_code(sums: list[str]) -> str:
    """The code that stands for the files of a package (7.9.4)."""
    return hashlib.sha1("".join(sorted(sums)).encode()).hexdigest()


def _package_violations(package: dict[str, Any], refs: dict[str, Any]) -> Iterator[str]:
    for field in ("name", "downloadLocation"):
        if not package.get(field):
            yield f"7.1, 7.7: {field} of {package}"
    if not _SUPPLIER.fullmatch(package.get("supplier", "NOASSERTION")):
        yield f"7.5: {package['supplier']}"
    for reference in re.findall(r"LicenseRef-[A-Za-z0-9.-]+", package["licenseDeclared"]):
        if not refs.get(reference, {}).get("extractedText"):
            yield f"10.1: {reference} is nowhere explained"
    for reference in package.get("externalRefs", []):
        if (reference["referenceCategory"], reference["referenceType"]) != ("PACKAGE-MANAGER", "purl"):
            yield f"7.21: {reference}"
        if not re.fullmatch(r"pkg:[a-z]+/[^\s]+", reference["referenceLocator"]):
            yield f"7.21: {reference}"


def _sums(element: dict[str, Any]) -> dict[str, str]:
    return {checksum["algorithm"]: checksum["checksumValue"] for checksum in element["checksums"]}
