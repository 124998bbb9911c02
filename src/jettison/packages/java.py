"""Java archives: ``pom.properties`` and ``MANIFEST.MF`` in jar, war and ear files, and the jars inside of those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from jettison.errors import IntegrityError
from jettison.model.entry import Entry
from jettison.packages.binary import part
from jettison.packages.fields import Fields, first, paragraphs
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import purl
from jettison.packages.zip_directory import Member, ZipDirectory
from jettison.patterns import late_pattern

ENDINGS = (".jar", ".war", ".ear")
_POM = late_pattern(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_MANIFEST = "META-INF/MANIFEST.MF"
_FILE_NAME = late_pattern(r"(.+?)-(\d[\w.+-]*)")
_MAX_PROPERTIES_BYTES = 1 << 20
_MAX_NESTED_BYTES = 128 << 20
_MAX_NESTED = 2000
_MAX_NESTED_TOTAL_BYTES = 1 << 30
_MAX_DEPTH = 2


def is_java_archive(path: str) -> bool:
    """Whether a file is named as Java archives are."""
    return path.endswith(ENDINGS)


def read_java(files: ImageFiles, entry: Entry) -> Iterator[Package]:
    """What an archive is, which has the file, and what else was packed into it."""
    found = _archive(files, partial(files.at, entry), files.tree.content(entry).size, entry.path, 1)
    for number, (group, name, version, licence) in enumerate(found):
        yield Package(
            ecosystem=Ecosystem.MAVEN,
            name=f"{group}:{name}" if group else name,
            version=version,
            purl=purl("maven", name, version, namespace=group),
            source=entry.path,
            licences=(licence,) if licence else (),
            files=(entry.path,) if number == 0 else (),
        )


def _archive(
    files: ImageFiles, read: Callable[[int, int], bytes], size: int, path: str, depth: int
) -> Iterator[tuple[str, str, str, str]]:
    """Group, artifact, version and licence; the archive's own first."""
    archive = ZipDirectory(read, size)
    manifest = _manifest(archive)
    licence = first(manifest, "bundle-license")
    own_name, _ = _named(path)
    poms = [_pom(archive, member) for member in archive.members if _POM.fullmatch(member.name)]
    poms = sorted((pom for pom in poms if pom[1]), key=lambda pom: (pom[1] != own_name, pom))
    if poms and (poms[0][1] == own_name or len(poms) == 1):
        yield (*poms.pop(0), licence)
    else:
        yield (*_of_manifest(manifest, path), licence)
    yield from ((*pom, "") for pom in poms)
    nested = [member for member in archive.members if is_java_archive(member.name)]
    if nested and depth >= _MAX_DEPTH:
        files.note(path, "archives in archives in archives are not read")
        return
    left = _MAX_NESTED_TOTAL_BYTES
    for number, member in enumerate(nested):
        left -= member.size
        if number >= _MAX_NESTED or left < 0:
            files.note(path, f"of the {len(nested)} archives in it only {number} were read")
            return
        try:
            inner = archive.content(member, _MAX_NESTED_BYTES)
            yield from _archive(files, partial(part, inner), len(inner), member.name, depth + 1)
        except IntegrityError as error:
            files.note(path, f"{member.name!r} in it: {error.message}")


def _pom(archive: ZipDirectory, member: Member) -> tuple[str, str, str]:
    text = archive.content(member, _MAX_PROPERTIES_BYTES).decode("utf-8", "replace")
    values = dict(line.partition("=")[::2] for line in text.splitlines() if not line.startswith("#"))
    group, name, version = (values.get(key, "").strip() for key in ("groupId", "artifactId", "version"))
    return group, name, version


def _manifest(archive: ZipDirectory) -> Fields:
    member = next((member for member in archive.members if member.name.upper() == _MANIFEST), None)
    if member is None:
        return {}
    text = archive.content(member, _MAX_PROPERTIES_BYTES).decode("utf-8", "replace")
    unfolded = text.replace("\r\n", "\n").replace("\n ", "")
    return next(paragraphs(unfolded), {})


def _of_manifest(manifest: Fields, path: str) -> tuple[str, str, str]:
    name, version = _named(path)
    stated = first(manifest, "implementation-version", "bundle-version", "specification-version")
    symbolic = first(manifest, "bundle-symbolicname").partition(";")[0].strip()
    group = first(manifest, "implementation-vendor-id") or (symbolic if "." in symbolic else "")
    return group, name, stated or version


def _named(path: str) -> tuple[str, str]:
    """Name and version out of ``name-1.2.jar``."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    match = _FILE_NAME.fullmatch(stem)
    return (match[1], match[2]) if match else (stem, "")
