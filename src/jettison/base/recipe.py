"""What a base image is made of, as the command line or a TOML file says it (docs/base.md, section Recipes)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping

from jettison.enums import StrEnum
from jettison.errors import JettisonError, UsageError
from jettison.frozen import dataclass, fields
from jettison.hints import Any, TypeVar
from jettison.model.entry import parse_image_path
from jettison.model.reference import Reference
from jettison.patterns import late_pattern

T = TypeVar("T")

_PACKAGE = late_pattern(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.](?:=[A-Za-z0-9.+:~-]+)?")
"""Debian policy, 5.6.7 and 5.6.12: a package name and, after ``=``, a version. apt would remove ``name-``."""
_SUITE = late_pattern(r"[a-z][a-z0-9.-]*")
_VARIABLE = late_pattern(r"[^=\0]+")
_MAX_EPOCH = 2**33


class Mode(StrEnum):
    """The two kinds of base image."""

    SLIM = "slim"
    DISTROLESS = "distroless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One base image. Making a value checks it: :class:`UsageError` names the key that is wrong."""

    name: str
    mode: Mode
    packages: tuple[str, ...] = ()
    """``name`` or ``name=version``."""
    on: str | None = None
    """The image on whose layers this one is built."""
    suite: str | None = None
    mirrors: tuple[str, ...] = ()
    """URLs of mirrors, or whole lines ``deb [options] URL SUITE COMPONENT…``."""
    env: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    workdir: str | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    files: tuple[tuple[str, str], ...] = ()
    """Absolute path and content of small text files, mode 0644, owned by root."""
    links: tuple[tuple[str, str], ...] = ()
    """Absolute path and target of symbolic links."""
    ca_bundle: str | None = None
    """``system`` or the path of a PEM file on this machine."""
    source_date_epoch: int | None = None
    """Seconds; None takes the time of the newest package."""

    def __post_init__(self) -> None:
        Reference.parse(self.name)
        if self.on is not None:
            Reference.parse(self.on)
        for number, package in enumerate(self.packages):
            if not _PACKAGE.fullmatch(package):
                raise UsageError(
                    f"packages[{number}]: {package!r} is not the name of a Debian package",
                    hint="package names are lower case letters, digits and + - .; a version follows after '='",
                )
        if self.suite is not None and not _SUITE.fullmatch(self.suite):
            raise UsageError(f"suite: {self.suite!r} is not the name of a Debian release", hint="such as bookworm")
        for number, mirror in enumerate(self.mirrors):
            if "\n" in mirror or not re.match(r"deb\s|[a-z+]+://|copy:/|file:/", mirror):
                raise UsageError(
                    f"mirrors[{number}]: {mirror!r} is neither a URL nor a line that starts with 'deb '",
                    hint="write https://HOST/debian, or deb [signed-by=FILE] https://HOST/debian bookworm main",
                )
        for key, _ in self.env:
            if not _VARIABLE.fullmatch(key):
                raise UsageError(f"env: {key!r} is not the name of a variable")
        for table, pairs in (("files", self.files), ("links", self.links)):
            for path, _ in pairs:
                if not path.startswith("/") or not parse_image_path(path) or path.endswith("/"):
                    raise UsageError(f"{table}: {path!r} is not the absolute path of a file")
        if self.workdir is not None and not self.workdir.startswith("/"):
            raise UsageError(f"workdir: {self.workdir!r} is not an absolute path")
        if self.source_date_epoch is not None and not 0 <= self.source_date_epoch < _MAX_EPOCH:
            raise UsageError(f"source_date_epoch: {self.source_date_epoch} is not a time in seconds since 1970")


def parse_recipes(text: str, what: str) -> tuple[Recipe, ...]:
    """The images of a recipe file in order; ``what`` names the file in errors, which are :class:`UsageError`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{what}: not valid TOML: {error}") from error
    _refuse_unknown(document, {"image"}, what, "")
    images = document.get("image")
    if not isinstance(images, list) or not images:
        raise UsageError(f"{what}: no image is described", hint="begin each image with a line [[image]]")
    recipes = tuple(_parse_image(image, what, f"image[{number}]") for number, image in enumerate(images))
    names: set[str] = set()
    for number, recipe in enumerate(recipes):
        name = str(Reference.parse(recipe.name).with_default_tag())
        if name in names:
            raise UsageError(f"{what}: image[{number}].name: {recipe.name!r} is described twice")
        names.add(name)
    return recipes


def _parse_image(image: Any, what: str, path: str) -> Recipe:
    if not isinstance(image, dict):
        raise UsageError(f"{what}: {path}: expected a table")
    _refuse_unknown(image, set(_READERS), what, f"{path}.")
    values: dict[str, Any] = {}
    for key, value in image.items():
        values[key] = _READERS[key](value, f"{what}: {path}.{key}")
    for key in ("name", "mode"):
        if key not in values:
            raise UsageError(f"{what}: {path}: the key {key!r} is missing")
    try:
        return Recipe(**values)
    except JettisonError as error:
        raise UsageError(f"{what}: {path}: {error.message}", hint=error.hint) from error


def _refuse_unknown(table: Mapping[str, Any], known: set[str], what: str, prefix: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
            raise UsageError(f"{what}: {prefix}{key}: unknown key", hint=hint)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise UsageError(f"{where}: expected a text, found {value!r}")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: expected a list of texts, found {value!r}", hint="write it in [ ]")
    return tuple(_text(item, f"{where}[{number}]") for number, item in enumerate(value))


def _text_table(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: expected a table of texts, found {value!r}")
    return tuple((key, _text(item, f"{where}.{key}")) for key, item in value.items())


def _mode(value: Any, where: str) -> Mode:
    text = _text(value, where)
    if text not in set(Mode):
        raise UsageError(f"{where}: {text!r} is not a mode", hint="the modes are slim and distroless")
    return Mode(text)


def _integer(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"{where}: expected a whole number, found {value!r}")
    return value


def _sorted_table(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_text_table(value, where)))


_BY_TYPE: dict[str, Callable[[Any, str], Any]] = {
    "str": _text,
    "str | None": _text,
    "Mode": _mode,
    "int | None": _integer,
    "tuple[str, ...]": _texts,
    "tuple[str, ...] | None": _texts,
    "tuple[tuple[str, str], ...]": _text_table,
}
_READERS: dict[str, Callable[[Any, str], Any]] = {field.name: _BY_TYPE[str(field.type)] for field in fields(Recipe)} | {
    "labels": _sorted_table
}
"""How each key is read follows from the type of its field."""
