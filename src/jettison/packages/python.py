"""Python distributions: ``*.dist-info/METADATA``, ``*.egg-info`` folders and files (core metadata specifications)."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from jettison.model.entry import Entry, parse_image_path
from jettison.packages.fields import Fields, first, first_line, paragraphs
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import pypi_name, pypi_purl
from jettison.patterns import late_pattern

_NAME = late_pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_EXTRA = late_pattern(r"\bextra\s*==")
_MAX_METADATA_BYTES = 16 << 20
_LICENCE_CLASSIFIER = "License :: "
_MAX_LICENCE_LENGTH = 100

_RECORD, _INSTALLED = "RECORD", "installed-files.txt"
LISTS = (f"/{_RECORD}", f"/{_INSTALLED}")
"""How the paths of files end that list what a distribution brought."""


def is_python_metadata(path: str) -> bool:
    """Whether a file describes an installed distribution."""
    parent, _, name = path.rpartition("/")
    return (
        (name == "METADATA" and parent.endswith(".dist-info"))
        or (name == "PKG-INFO" and parent.endswith(".egg-info"))
        or name.endswith(".egg-info")
    )


def read_python(files: ImageFiles, entry: Entry) -> Iterator[Package]:
    """The distribution that a metadata file describes."""
    text = files.text(entry.path, _MAX_METADATA_BYTES) or ""
    fields = next(paragraphs(text), {})
    name, version = first(fields, "name"), first(fields, "version")
    if not name:
        return
    yield Package(
        ecosystem=Ecosystem.PYPI,
        name=name,
        version=version,
        purl=pypi_purl(name, version),
        source=entry.path,
        licences=_licences(fields),
        supplier=first(fields, "author-email", "author", "maintainer-email", "maintainer"),
        homepage=_homepage(fields),
        summary=first_line(first(fields, "summary")),
        requires=_required(fields),
        files=files.present(_listed(files, entry)),
    )


def _required(fields: Fields) -> tuple[str, ...]:
    """Normalized names of the distributions that it requires; what only an extra wants is left out."""
    found = []
    for text in fields.get("requires-dist", ()):
        specifier, _, marker = text.partition(";")
        name = _NAME.match(specifier)
        if name and not _EXTRA.search(marker):
            found.append(pypi_name(name[0]))
    return tuple(dict.fromkeys(found))


def _listed(files: ImageFiles, entry: Entry) -> Iterator[str]:
    yield entry.path
    folder, _, name = entry.path.rpartition("/")
    root = folder.rpartition("/")[0]
    if name == "METADATA":
        record = files.text(f"{folder}/{_RECORD}", _MAX_METADATA_BYTES) or ""
        try:
            for row in csv.reader(record.replace("\0", "").splitlines()):
                if row and row[0]:
                    yield _below(root, row[0])
        except csv.Error as error:
            files.note(f"{folder}/{_RECORD}", f"not read to the end: {error}")
    elif name == "PKG-INFO":
        for line in (files.text(f"{folder}/{_INSTALLED}", _MAX_METADATA_BYTES) or "").splitlines():
            yield _below(folder, line)
        yield from files.tree.paths_below(folder)


def _below(folder: str, path: str) -> str:
    return parse_image_path(path if path.startswith("/") else f"{folder}/{path}")


def _licences(fields: Fields) -> tuple[str, ...]:
    expression = first(fields, "license-expression")
    if expression:
        return (expression,)
    stated = first(fields, "license")
    if stated and "\n" not in stated and len(stated) <= _MAX_LICENCE_LENGTH and stated.upper() != "UNKNOWN":
        return (stated,)
    classified = [text for text in fields.get("classifier", ()) if text.startswith(_LICENCE_CLASSIFIER)]
    return tuple(sorted({text.rpartition("::")[2].strip() for text in classified}))


def _homepage(fields: Fields) -> str:
    homepage = first(fields, "home-page")
    if homepage and homepage.upper() != "UNKNOWN":
        return homepage
    for text in fields.get("project-url", ()):
        label, _, url = text.partition(",")
        if label.strip().lower() in ("homepage", "home"):
            return url.strip()
    return ""
