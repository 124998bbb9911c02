"""Alpine packages: the text database of apk-tools, one letter a field (apk-package(5))."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.model.entry import parse_image_path
from jettison.packages.distribution import Distribution
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import purl
from jettison.patterns import late_pattern

_NAME = late_pattern(r"[^!<>=~][^<>=~]*")
PLACES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def read_apk(files: ImageFiles, distribution: Distribution) -> Iterator[Package]:
    """The packages that are installed."""
    for place in PLACES:
        text = files.text(place)
        if text is None:
            continue
        for paragraph in text.split("\n\n"):
            yield from _package(files, paragraph, distribution, place)
        return


def _package(files: ImageFiles, paragraph: str, distribution: Distribution, source: str) -> Iterator[Package]:
    fields: dict[str, str] = {}
    folder = ""
    listed = []
    for line in paragraph.split("\n"):
        key, colon, value = line.partition(":")
        if not colon:
            continue
        if key == "F":
            folder = parse_image_path(value)
        elif key == "R":
            listed.append(parse_image_path(f"{folder}/{value}"))
        else:
            fields.setdefault(key, value)
    name, version = fields.get("P", ""), fields.get("V", "")
    if not name:
        return
    origin = fields.get("o", "")
    qualifiers = (
        ("arch", fields.get("A", "")),
        ("distro", distribution.qualifier),
        ("upstream", "" if origin == name else origin),
    )
    licence = fields.get("L", "").strip()
    yield Package(
        ecosystem=Ecosystem.APK,
        name=name,
        version=version,
        purl=purl("apk", name.lower(), version, namespace=distribution.id or "alpine", qualifiers=qualifiers),
        source=source,
        licences=(licence,) if licence else (),
        supplier=fields.get("m", ""),
        homepage=fields.get("U", ""),
        summary=fields.get("T", ""),
        requires=_names(fields.get("D", "")),
        provides=_names(fields.get("p", "")),
        files=files.present(listed),
    )


def _names(text: str) -> tuple[str, ...]:
    """What a package asks for or provides, versions left out; conflicts begin with an exclamation mark."""
    found = (match[0] for word in text.split() if (match := _NAME.match(word)))
    return tuple(dict.fromkeys(found))
