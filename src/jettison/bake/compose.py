"""Compose files: each service that is built is a target (compose-spec ``build.md``, buildx ``bake/compose.go``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jettison.bake.compose_files import items_of, load_services, pairs_of, text_of, texts_of
from jettison.bake.entries import (
    EntryError,
    Options,
    Secret,
    Ssh,
    last_by_id,
    parse_attest,
    parse_caches,
    parse_each,
    parse_output,
    parse_secret,
    parse_ssh,
    without_repeats,
)
from jettison.bake.model import Definition, Group, Target
from jettison.bake.sizes import format_bytes, parse_bytes
from jettison.bake.yaml_tree import Fields, Node, Scalar
from jettison.frozen import replace
from jettison.hcl.functions.texts import clean_path
from jettison.hints import Any
from jettison.text.diagnostics import error_at
from jettison.text.suggest import did_you_mean

BUILD_KEYS = (
    "additional_contexts",
    "args",
    "cache_from",
    "cache_to",
    "context",
    "dockerfile",
    "dockerfile_inline",
    "entitlements",
    "extra_hosts",
    "isolation",
    "labels",
    "network",
    "no_cache",
    "no_cache_filter",
    "platforms",
    "privileged",
    "provenance",
    "pull",
    "sbom",
    "secrets",
    "shm_size",
    "ssh",
    "tags",
    "target",
    "ulimits",
)
_X_BAKE = "x-bake"
_SERVICE, _TARGET = "service:", "target:"
_TRUE = ("1", "t", "true", "yes", "y", "on")
_FALSE = ("0", "f", "false", "no", "n", "off")


def read_compose(documents: Sequence[Node], environment: Mapping[str, str]) -> Definition:
    """The targets of Compose files, later ones on top of earlier ones, and the group ``default`` of all of them.

    Raises :class:`SourceError`.
    """
    warnings: list[str] = []
    services, secrets = load_services(documents, environment, warnings)
    targets = []
    for name, service in services.items():
        build = service.fields.get("build")
        if build is None or (isinstance(build, Scalar) and build.value is None):
            continue
        if isinstance(build, Scalar):
            build = Fields({"context": build}, build.span)
        if not isinstance(build, Fields):
            raise error_at(build.span, f"the build of {name} is a folder, or a mapping")
        targets.append(_Service(name, service, build, secrets, environment, warnings).target())
    if not services:
        return Definition(warnings=tuple(warnings))
    group = Group(name="default", targets=tuple(target.name for target in targets))
    return Definition(targets=tuple(targets), groups=(group,), warnings=tuple(warnings))


class _Service:
    def __init__(
        self,
        name: str,
        service: Fields,
        build: Fields,
        secrets: Mapping[str, Node],
        environment: Mapping[str, str],
        warnings: list[str],
    ) -> None:
        self._name = name
        self._service = service
        self._build = build
        self._secrets = secrets
        self._environment = environment
        self._warnings = warnings

    def target(self) -> Target:
        """The target that the service's build is."""
        for key in self._build.fields:
            if key not in BUILD_KEYS and not key.startswith("x-"):
                place = self._build.fields[key].span
                raise error_at(place, f"a build has no {key!r}", hint=did_you_mean(key, BUILD_KEYS))
        name = self._name.replace(".", "_")
        image = self._service.fields.get("image")
        tags = self._texts("tags")
        target = Target(
            name=name,
            context=self._text("context"),
            contexts=self._contexts(self._build.fields.get("additional_contexts")),
            dockerfile=self._text("dockerfile"),
            dockerfile_inline=self._text("dockerfile_inline"),
            args=self._args(),
            labels=self._labels(),
            cache_from=self._entries("cache_from", _caches),
            cache_to=self._entries("cache_to", _caches),
            target=self._text("target"),
            secret=self._secret_entries(),
            ssh=self._ssh(),
            platforms=self._texts("platforms"),
            pull=self._truth("pull") or None,
            no_cache=self._truth("no_cache") or None,
            network=self._text("network"),
            shm_size=self._shm_size(),
            ulimits=self._ulimits(),
            extra_hosts=self._extra_hosts(),
            attest=self._attest(),
        )
        target = self._extended(replace(target, tags=tags))
        if not target.tags and isinstance(image, Scalar) and image.text:
            target = replace(target, tags=(image.text,))
        return target

    def _text(self, key: str) -> str | None:
        return text_of(self._build.fields.get(key), key)

    def _texts(self, key: str) -> tuple[str, ...] | None:
        node = self._build.fields.get(key)
        return None if node is None else texts_of(node) or None

    def _labels(self) -> dict[str, str | None] | None:
        return {name: value or "" for name, value, _ in pairs_of(self._build.fields.get("labels"))} or None

    def _truth(self, key: str) -> bool:
        node = self._build.fields.get(key)
        return False if node is None else _truth_of(node, key)

    def _entries(self, key: str, parse: Callable[[Sequence[str]], tuple[Any, ...]]) -> tuple[Any, ...] | None:
        node = self._build.fields.get(key)
        return None if node is None else _parsed(node, parse, texts_of(node)) or None

    def _args(self) -> dict[str, str | None] | None:
        """Those without a value have that of the service's environment, else of ours; unset ones are left out."""
        own = {name: value for name, value, _ in pairs_of(self._service.fields.get("environment"))}
        args: dict[str, str | None] = {}
        for name, value, _ in pairs_of(self._build.fields.get("args")):
            found = value if value is not None else own.get(name) or self._environment.get(name)
            if found is not None:
                args[name] = found
        return args or None

    def _contexts(self, node: Node | None) -> dict[str, str] | None:
        found = {name: _linked(place or "") for name, place, _ in pairs_of(node)}
        return found or None

    def _secret_entries(self) -> tuple[Secret, ...] | None:
        found = []
        for node in items_of(self._build.fields.get("secrets")):
            source = node.fields.get("source") if isinstance(node, Fields) else node
            name = text_of(source, "secrets")
            if not name:
                raise error_at(node.span, "this secret has no source")
            declared = self._secrets.get(name)
            fields = declared.fields if isinstance(declared, Fields) else {}
            external = fields.get("external")
            if external is not None and _truth_of(external, "external"):
                raise error_at(node.span, f"the secret {name!r} is external, which a build cannot use")
            found.append(
                Secret(
                    id=name,
                    src=_clean(text_of(fields.get("file"), "file")),
                    env=text_of(fields.get("environment"), "environment") or "",
                )
            )
        return tuple(found) or None

    def _ssh(self) -> tuple[Ssh, ...] | None:
        node = self._build.fields.get("ssh")
        if isinstance(node, Scalar):
            return (parse_ssh(node.text),)
        found = [Ssh(id=name, paths=(path,) if path else ()) for name, path, _ in pairs_of(node)]
        return tuple(sorted(found, key=lambda each: (each.id, each.paths))) or None

    def _shm_size(self) -> str | None:
        node = self._build.fields.get("shm_size")
        text = text_of(node, "shm_size")
        if node is None or not text:
            return None
        size = parse_bytes(text)
        if size is None:
            raise error_at(node.span, f"{text!r} is no size", hint="as in 128m or 2gb")
        return format_bytes(size) if size else None

    def _ulimits(self) -> tuple[str, ...] | None:
        node = self._build.fields.get("ulimits")
        if node is None:
            return None
        if not isinstance(node, Fields):
            raise error_at(node.span, "ulimits are a mapping")
        found = []
        for name, limit in sorted(node.fields.items()):
            if isinstance(limit, Fields):
                soft, hard = (text_of(limit.fields.get(key), key) for key in ("soft", "hard"))
            else:
                soft = hard = text_of(limit, name)
            if not soft or not hard:
                raise error_at(limit.span, "a limit is a number, or has soft and hard")
            found.append(f"{name}={soft}:{hard}")
        return tuple(found)

    def _extra_hosts(self) -> dict[str, str | None] | None:
        hosts: dict[str, list[str]] = {}
        node = self._build.fields.get("extra_hosts")
        if isinstance(node, Fields):
            for name, addresses in node.fields.items():
                hosts[name] = [_bare(each) for each in texts_of(addresses)]
        else:
            for text in () if node is None else texts_of(node):
                name, separator, address = text.partition("=") if "=" in text else text.partition(":")
                if not separator:
                    raise error_at((node or self._build).span, f"invalid extra host {text!r}: expected HOST=IP")
                hosts.setdefault(name, []).append(_bare(address))
        return {name: ",".join(addresses) for name, addresses in hosts.items()} or None

    def _attest(self) -> tuple[Options, ...] | None:
        found: list[Options] = []
        for kind in ("sbom", "provenance"):
            node = self._build.fields.get(kind)
            text = text_of(node, kind)
            if node is not None and text:
                found += _parsed(node, lambda texts: parse_each(texts, parse_attest), (attest_text(kind, text),))
        return tuple(found) or None

    def _extended(self, target: Target) -> Target:
        """What ``x-bake`` adds."""
        node = self._build.fields.get(_X_BAKE)
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return target
        if not isinstance(node, Fields):
            raise error_at(node.span, "x-bake is a mapping")
        changes: dict[str, Any] = {}
        for key, value in node.fields.items():
            if key in ("pull", "no-cache"):
                changes[key.replace("-", "_")] = _truth_of(value, key)
                continue
            if key == "contexts":
                changes["contexts"] = {**(self._contexts(value) or {}), **(target.contexts or {})}
                continue
            if key not in _EXTENSIONS:
                hint = did_you_mean(key, (*_EXTENSIONS, "contexts", "no-cache", "pull"))
                self._warnings.append(
                    f"{value.span.location}: x-bake has {key!r}, which means nothing{f'; {hint}' if hint else ''}"
                )
                continue
            field, parse, tidy = _EXTENSIONS[key]
            given = _parsed(value, parse, _words_of(value))
            changes[field] = tidy((*(getattr(target, field) or ()), *given))
        return replace(target, **changes)


def attest_text(kind: str, text: str) -> str:
    """``--sbom`` and ``--provenance`` as an attestation: ``true`` and ``false`` turn it on and off."""
    if text.lower() in ("true", "t", "1"):
        return f"type={kind},disabled=false"
    if text.lower() in ("false", "f", "0"):
        return f"type={kind},disabled=true"
    return f"type={kind},{text}"


_Parse = Callable[[Sequence[str]], tuple[Any, ...]]


def _caches(texts: Sequence[str]) -> tuple[Options, ...]:
    return tuple(entry for text in texts if text for entry in parse_caches(text))


def _unique(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(entries))


_EXTENSIONS: Mapping[str, tuple[str, _Parse, Callable[[tuple[Any, ...]], tuple[Any, ...]]]] = {
    "tags": ("tags", tuple, _unique),
    "cache-from": ("cache_from", _caches, without_repeats),
    "cache-to": ("cache_to", _caches, without_repeats),
    "secret": ("secret", lambda texts: parse_each(texts, parse_secret), last_by_id),
    "ssh": (
        "ssh",
        lambda texts: parse_each(texts, parse_ssh),
        lambda entries: tuple(sorted(last_by_id(entries), key=lambda each: (each.id, each.paths))),
    ),
    "platforms": ("platforms", tuple, _unique),
    "output": ("output", lambda texts: parse_each(texts, parse_output), without_repeats),
    "no-cache-filter": ("no_cache_filter", tuple, _unique),
}
"""Keys of x-bake that are lists: their field, how texts become entries, how these are tidied."""


def _parsed(node: Node, parse: _Parse, texts: Sequence[str]) -> tuple[Any, ...]:
    try:
        return parse(texts)
    except EntryError as error:
        raise error_at(node.span, str(error), hint=error.hint) from None


def _words_of(node: Node) -> tuple[str, ...]:
    """A list, or words of one text."""
    return tuple(node.text.split()) if isinstance(node, Scalar) else texts_of(node)


def _truth_of(node: Node, key: str) -> bool:
    text = node.text.lower() if isinstance(node, Scalar) else ""
    if text not in (*_TRUE, *_FALSE):
        raise error_at(node.span, f"{key} is true or false")
    return text in _TRUE


def _linked(place: str) -> str:
    """The target that another service is."""
    for prefix in (_SERVICE, _TARGET):
        if place.startswith(prefix):
            return _TARGET + place.removeprefix(prefix).replace(".", "_")
    return place


def _clean(path: str | None) -> str:
    return clean_path(path) if path else ""


def _bare(address: str) -> str:
    return address.removeprefix("[").removesuffix("]")
