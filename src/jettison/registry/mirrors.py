"""Where a repository really is: containers-registries.conf(5), version 2.

Docker's semantics prevail for names: a short name means docker.io, so ``unqualified-search-registries`` and aliases are
read past. The format's first version is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from jettison.enums import StrEnum
from jettison.errors import JettisonError, RegistryError
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.reference import Reference
from jettison.registry.settings import is_loopback

_V1_TABLES = ("search", "insecure", "block")


class PullFromMirror(StrEnum):
    """For which references a mirror is asked."""

    ALL = "all"
    DIGEST_ONLY = "digest-only"
    TAG_ONLY = "tag-only"

    def admits(self, reference: Reference) -> bool:
        """Whether the mirror serves this kind of reference."""
        match self:
            case PullFromMirror.DIGEST_ONLY:
                return reference.digest is not None
            case PullFromMirror.TAG_ONLY:
                return reference.digest is None
            case _:
                return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A repository at a host that is to be asked."""

    reference: Reference
    """The reference as this host knows it."""
    insecure: bool = False
    """Certificates are not checked, and plain http is spoken where https is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One ``[[registry.mirror]]``."""

    location: str
    insecure: bool = False
    pull: PullFromMirror = PullFromMirror.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One ``[[registry]]``."""

    prefix: str
    """``host[:port][/namespace[/repository[:tag]]]`` or ``*.domain``."""
    location: str = ""
    """What the prefix is replaced by; empty leaves the name alone."""
    insecure: bool = False
    blocked: bool = False
    mirrors: tuple[Mirror, ...] = ()

    def match_length(self, name: str) -> int | None:
        """How much of a full reference the prefix covers; None where it does not match."""
        if self.prefix.startswith("*."):
            host = name.partition("/")[0]
            bare = host.partition(":")[0]
            suffix = self.prefix[1:]
            if host.endswith(suffix):
                return len(host)
            return len(bare) if bare.endswith(suffix) else None
        ends = "/:@" if "/" in self.prefix else "/"  # after a host a colon begins a port: another registry
        if name == self.prefix or (name.startswith(self.prefix) and name[len(self.prefix)] in ends):
            return len(self.prefix)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistriesConf:
    """All registries that the user has something to say about."""

    registries: tuple[Registry, ...] = ()

    def pull_endpoints(self, reference: Reference) -> tuple[Endpoint, ...]:
        """Whom to ask for an image, in order: the mirrors that admit it, then the registry itself.

        Raises :class:`RegistryError` where the registry is blocked.
        """
        registry = self._find(reference)
        if registry is None:
            return (self._endpoint(reference),)
        places = [(mirror.location, mirror.insecure) for mirror in registry.mirrors if mirror.pull.admits(reference)]
        places.append((registry.location, registry.insecure))
        length = registry.match_length(str(reference)) or 0
        return tuple(
            self._endpoint(_rewrite(reference, length, location), insecure=insecure) for location, insecure in places
        )

    def push_endpoint(self, reference: Reference) -> Endpoint:
        """Where an image is pushed: to the registry itself, never to a mirror."""
        registry = self._find(reference)
        if registry is None:
            return self._endpoint(reference)
        length = registry.match_length(str(reference)) or 0
        return self._endpoint(_rewrite(reference, length, registry.location), insecure=registry.insecure)

    def _find(self, reference: Reference) -> Registry | None:
        name = str(reference)
        matches = [registry for registry in self.registries if registry.match_length(name) is not None]
        best = max(matches, key=lambda registry: len(registry.prefix), default=None)
        if best is not None and best.blocked:
            raise RegistryError(f"cannot use {reference}: registries.conf blocks {best.prefix}")
        return best

    @staticmethod
    def _endpoint(reference: Reference, *, insecure: bool = False) -> Endpoint:
        return Endpoint(reference=reference, insecure=insecure or is_loopback(reference.domain))


def read_registries_conf(main: Path | None, folders: Iterable[Path] = ()) -> RegistriesConf:
    """Read ``main`` and then every ``*.conf`` of the drop-in folders, by name; what comes later wins.

    A ``main`` that does not exist is an error, since the caller named it; see :func:`find_registries_conf`.
    """
    found: dict[str, Registry] = {}
    files = [main] if main is not None else []
    for folder in folders:
        files.extend(sorted(folder.glob("*.conf")))
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RegistryError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
        for registry in parse_registries_conf(text, str(path)):
            found[registry.prefix] = registry
    return RegistriesConf(registries=tuple(found.values()))


def find_registries_conf(
    home: Path, explicit: Path | None = None, system: Path = Path("/etc/containers")
) -> RegistriesConf:
    """Read the configuration as podman finds it.

    ``explicit`` is the value of CONTAINERS_REGISTRIES_CONF. Without it the user's file hides the system's file and its
    drop-in folder; the user's own drop-in folder always counts.
    """
    user = home / ".config" / "containers"
    folders = [system / "registries.conf.d", user / "registries.conf.d"]
    if explicit is not None:
        return read_registries_conf(explicit, folders)
    if (user / "registries.conf").exists():
        return read_registries_conf(user / "registries.conf", folders[1:])
    main = system / "registries.conf"
    return read_registries_conf(main if main.exists() else None, folders)


def parse_registries_conf(text: str, what: str) -> tuple[Registry, ...]:
    """Parse one file; raises :class:`RegistryError` that names the file and the field."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{what}: {error}", hint="see containers-registries.conf(5)") from error
    tables = document.get("registries")
    if isinstance(tables, dict) and any(name in tables for name in _V1_TABLES):
        raise RegistryError(
            f"{what}: version 1 of the format is not supported",
            hint="write [[registry]] tables, see containers-registries.conf(5)",
        )
    registries = document.get("registry", [])
    if not isinstance(registries, list):
        raise RegistryError(f"{what}: expected [[registry]] tables")
    return tuple(_parse_registry(_Table(item, f"{what}: registry[{n}]")) for n, item in enumerate(registries))


class _Table:
    """A TOML table with typed access to its fields."""

    def __init__(self, value: object, path: str) -> None:
        if not isinstance(value, Mapping):
            raise RegistryError(f"{path}: expected a table")
        self._value: Mapping[str, Any] = value
        self.path = path

    def text(self, key: str) -> str:
        value = self._value.get(key, "")
        if not isinstance(value, str):
            raise RegistryError(f"{self.path}.{key}: expected a string")
        return value

    def flag(self, key: str) -> bool:
        value = self._value.get(key, False)
        if not isinstance(value, bool):
            raise RegistryError(f"{self.path}.{key}: expected true or false")
        return value

    def tables(self, key: str) -> list[_Table]:
        value = self._value.get(key, [])
        if not isinstance(value, list):
            raise RegistryError(f"{self.path}.{key}: expected an array of tables")
        return [_Table(item, f"{self.path}.{key}[{number}]") for number, item in enumerate(value)]


def _parse_registry(table: _Table) -> Registry:
    location = _location(table)
    prefix = table.text("prefix").rstrip("/") or location
    if not prefix:
        raise RegistryError(f"{table.path}: neither prefix nor location is set")
    if "*" in prefix.removeprefix("*.") or "://" in prefix:
        raise RegistryError(f"{table.path}.prefix: {prefix!r} is neither a name nor *.domain")
    if not location and not prefix.startswith("*."):
        location = prefix
    digest_only = table.flag("mirror-by-digest-only")
    return Registry(
        prefix=prefix,
        location=location,
        insecure=table.flag("insecure"),
        blocked=table.flag("blocked"),
        mirrors=tuple(_parse_mirror(mirror, digest_only=digest_only) for mirror in table.tables("mirror")),
    )


def _parse_mirror(table: _Table, *, digest_only: bool) -> Mirror:
    location = _location(table)
    if not location:
        raise RegistryError(f"{table.path}: location is not set")
    pull = table.text("pull-from-mirror")
    if pull and digest_only:
        raise RegistryError(f"{table.path}: pull-from-mirror and mirror-by-digest-only exclude each other")
    try:
        mode = PullFromMirror(pull) if pull else PullFromMirror.DIGEST_ONLY if digest_only else PullFromMirror.ALL
    except ValueError as error:
        raise RegistryError(
            f"{table.path}.pull-from-mirror: expected all, digest-only or tag-only, found {pull!r}"
        ) from error
    return Mirror(location=location, insecure=table.flag("insecure"), pull=mode)


def _location(table: _Table) -> str:
    location = table.text("location").rstrip("/")
    if "://" in location:
        raise RegistryError(f"{table.path}.location: {location!r} has a scheme", hint="write host[:port][/path]")
    return location


def _rewrite(reference: Reference, length: int, location: str) -> Reference:
    """The reference with the first ``length`` characters of its full form replaced by ``location``."""
    if not location:
        return reference
    text = location + str(reference)[length:]
    try:
        rewritten = Reference.parse(text)
    except JettisonError as error:
        raise RegistryError(f"registries.conf turns {reference} into {text!r}: {error.message}") from error
    if rewritten.domain != text.partition("/")[0]:
        raise RegistryError(
            f"registries.conf turns {reference} into {text!r}, which names no host",
            hint="a location starts with a host that has a dot or a port, or with localhost",
        )
    return rewritten
