"""Node packages: the ``package.json`` of each folder in a ``node_modules`` folder, nested ones too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from jettison.errors import IntegrityError
from jettison.hints import Any
from jettison.model.entry import Entry
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import npm_purl

MANIFEST = "package.json"
_MANIFESTS = f"/{MANIFEST}"
FOR_RUNNING = ("dependencies", "optionalDependencies", "peerDependencies")
FOR_DEVELOPMENT = ("devDependencies",)
"""Where a ``package.json`` names other packages."""
_MAX_BYTES = 4 << 20
_FOLDER = "node_modules"


def is_node_package(path: str) -> bool:
    """Whether a file describes an installed package: ``node_modules/NAME/package.json``, NAME perhaps with a scope."""
    if not path.endswith(_MANIFESTS):
        return False
    parts = path.rsplit("/", 4)
    if len(parts) < 3:
        return False
    return parts[-3] == _FOLDER or (len(parts) >= 4 and parts[-4] == _FOLDER and parts[-3].startswith("@"))


def read_node(files: ImageFiles, entry: Entry) -> Iterator[Package]:
    """The package that a ``package.json`` describes; its files are those of its folder, but for nested packages."""
    data = files.read(entry.path, _MAX_BYTES)
    if data is None:
        return
    try:
        document = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise IntegrityError("not a JSON object")
    name, version = _text(document.get("name")), _text(document.get("version"))
    if not name or not version:
        return
    folder = entry.path.rpartition("/")[0]
    yield Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        purl=npm_purl(name, version),
        source=entry.path,
        licences=_licences(document),
        supplier=_person(document.get("author")),
        homepage=_text(document.get("homepage")),
        summary=_text(document.get("description")),
        requires=wanted_names(document, FOR_RUNNING),
        files=tuple(sorted(files.tree.paths_below(folder, leaving_out=_FOLDER))),
    )


def wanted_names(document: object, where: Iterable[str]) -> tuple[str, ...]:
    """The sorted names of the packages that a ``package.json`` asks for in these places."""
    places = [document.get(each) for each in where] if isinstance(document, dict) else []
    return tuple(sorted({name for place in places if isinstance(place, dict) for name in place}))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _person(value: Any) -> str:
    if not isinstance(value, dict):
        return _text(value)
    name, email = _text(value.get("name")), _text(value.get("email"))
    return f"{name} <{email}>" if name and email else name or email


def _licences(document: dict[str, Any]) -> tuple[str, ...]:
    """``license`` as npm has it now, or ``licenses`` and objects as it had them."""
    value = document.get("license", document.get("licenses"))
    values = value if isinstance(value, list) else [value]
    found = (_text(each.get("type")) if isinstance(each, dict) else _text(each) for each in values)
    return tuple(sorted({licence for licence in found if licence}))
